"""CAA: may Amazon issue for the names (RFC 8659). Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import NamedTuple

from ebdeploy.diagnosis.evidence import asked, provision
from ebdeploy.diagnosis.findings import Auto, Finding, Fix, Severity
from ebdeploy.diagnosis.questions import climb
from ebdeploy.facts.dns import DnsFacts
from ebdeploy.facts.state import Observed

# https://docs.aws.amazon.com/acm/latest/userguide/setup-caa.html
AMAZON = {"amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"}
ALIASES = 5


class Property(NamedTuple):
    """One CAA property; ``value`` without quotes and parameters."""

    critical: bool
    tag: str
    value: str


class CaaSet(NamedTuple):
    """The relevant record set of a name: where it stands and what it says."""

    node: str
    properties: tuple[Property, ...]


def relevant_set(name: str, dns: DnsFacts) -> CaaSet | None:
    """Return the first CAA set from the name upwards; None where there is none.

    A CNAME is followed at each label, and the parents of its target are not climbed.
    """
    for node in climb(name.removeprefix("*.")):
        found = _at(node, dns, ALIASES)
        if found:
            return CaaSet(node, found)
    return None


def blocking_node(name: str, dns: DnsFacts) -> str | None:
    """Return the name whose CAA set keeps Amazon out, None when it may issue."""
    found = relevant_set(name, dns)
    if found is None or _allows(found, wildcard=name.startswith("*.")):
        return None
    return found.node


def check_caa(observed: Observed) -> Iterator[Finding]:
    """Yield a finding for every CAA set that keeps Amazon out of a name."""
    told: set[str] = set()
    for name in observed.names:
        found = relevant_set(name, observed.dns)
        if found is None or found.node in told:
            continue
        if not _allows(found, wildcard=name.startswith("*.")):
            told.add(found.node)
            yield forbidden(observed, name, found)


def forbidden(observed: Observed, name: str, found: CaaSet) -> Finding:
    """CAA001, CAA002, CAA004 or CAA005, whichever it is."""
    listed = [p.value for p in found.properties if p.tag in {"issue", "issuewild"}]
    words = ", ".join(value or "nobody" for value in listed)
    code = _code(name, found)
    return Finding(
        code, Severity.ERROR, found.node,
        f"The CAA record of {found.node} lets {words} issue certificates for {name}, not Amazon, "
        "so ACM fails.",
        asked(found.node, "CAA", observed.dns.answers(found.node, "CAA")),
        (Fix(
            'Add 0 issue "amazon.com" to the CAA set; what is there stays. A failed certificate '
            "is then requested anew.",
            provision(observed.names, "edit-caa"), Auto.CONSENT, "edit-caa",
        ),),
    )  # fmt: skip


def _code(name: str, found: CaaSet) -> str:
    if any(p.critical and p.tag not in {"issue", "issuewild", "iodef"} for p in found.properties):
        return "CAA002"
    issue = [p.value for p in found.properties if p.tag == "issue"]
    if name.startswith("*.") and (not issue or set(issue) & AMAZON):
        return "CAA005"
    return "CAA004" if issue and not any(issue) else "CAA001"


def _allows(found: CaaSet, *, wildcard: bool) -> bool:
    issue = {p.value for p in found.properties if p.tag == "issue"}
    wild = {p.value for p in found.properties if p.tag == "issuewild"}
    if any(p.critical and p.tag not in {"issue", "issuewild", "iodef"} for p in found.properties):
        return False
    governing = wild if wildcard and wild else issue
    return not governing or bool(governing & AMAZON)


def _at(node: str, dns: DnsFacts, hops: int) -> tuple[Property, ...]:
    for answer in dns.answers(node, "CAA"):
        if answer.status != "NOERROR":
            continue
        direct = tuple(_parse(r.value) for r in answer.records if r.type == "CAA")
        if direct:
            return direct
        targets = [r.value for r in answer.records if r.type == "CNAME"]
        return _at(targets[-1], dns, hops - 1) if targets and hops else ()
    return ()


def _parse(text: str) -> Property:
    flags, _, rest = text.partition(" ")
    tag, _, value = rest.partition(" ")
    words = " ".join(shlex.split(value)) if value.count('"') % 2 == 0 else value
    issuer = words.partition(";")[0].strip().lower()
    return Property(bool(int(flags) & 128) if flags.isdigit() else False, tag.lower(), issuer)
