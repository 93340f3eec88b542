"""What DNS servers answered, as values. Names are lower case without a trailing dot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Question(NamedTuple):
    """A name and a record type."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class DnsRecord:
    """One record of an answer section; ``value`` in presentation form, TTL in seconds."""

    name: str
    type: str
    ttl: int
    value: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What one server said to one question, asked with RD=0.

    ``status`` is the RCODE's name (NOERROR, NXDOMAIN, SERVFAIL, REFUSED) or TIMEOUT or
    UNREACHABLE when nothing came back. ``referral`` are the name servers of a delegation in the
    authority section. ``negative_ttl`` in seconds: min(SOA TTL, SOA minimum), RFC 2308.
    """

    server: str
    address: str
    status: str
    authoritative: bool = False
    records: tuple[DnsRecord, ...] = ()
    referral: tuple[str, ...] = ()
    negative_ttl: int | None = None


@dataclass(frozen=True, slots=True)
class Delegation:
    """A zone cut as the parent's servers publish it; no servers: not delegated.

    ``status`` is the parent's RCODE for the cut; ``signed``: a DS record stands there.
    """

    zone: str
    name_servers: tuple[str, ...]
    answers: tuple[Answer, ...] = ()
    status: str = "NOERROR"
    signed: bool = False


@dataclass(frozen=True, slots=True)
class DnsFacts:
    """The walk from the root: cuts by zone name, and every authoritative server's answers.

    ``cuts`` maps a name that was asked to the zone cut it lies under.
    """

    delegations: Mapping[str, Delegation] = field(default_factory=dict)
    cuts: Mapping[str, str] = field(default_factory=dict)
    lookups: Mapping[Question, tuple[Answer, ...]] = field(default_factory=dict)
    queries: int = 0

    def answers(self, name: str, rdtype: str) -> tuple[Answer, ...]:
        """Return every authoritative server's answer, empty when the question was not asked."""
        return self.lookups.get(Question(name, rdtype), ())
