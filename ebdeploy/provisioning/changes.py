"""The changes a plan can hold: frozen values that describe themselves. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ebdeploy.facts.state import Option, RecordSet

KNOWN_AFTER = "(known after apply)"


@dataclass(frozen=True, slots=True)
class CreateZone:
    """Create a public hosted zone; ``generation`` rises when a reference is used up."""

    domain: str
    references: tuple[str, ...]
    op = "create-zone"

    @property
    def subject(self) -> str:
        """Return what is changed."""
        return f"hosted zone {self.domain}"

    def describe(self) -> str:
        """Return the sentence of the plan."""
        return f"Create hosted zone {self.domain}"

    def data(self) -> tuple[Any, Any]:
        """Return before and after for JSON."""
        return None, {"name": self.domain, "type": "public"}


@dataclass(frozen=True, slots=True)
class UpdateNameServers:
    """Delegate a registered domain to the zone's name servers."""

    domain: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    op = "update-nameservers"

    @property
    def subject(self) -> str:
        """Return what is changed."""
        return f"domain {self.domain}"

    def describe(self) -> str:
        """Return the sentence of the plan."""
        return (
            f"Delegate {self.domain} to the name servers of its hosted zone: "
            f"{', '.join(self.after)} (now: {', '.join(self.before) or 'none'})"
        )

    def data(self) -> tuple[Any, Any]:
        """Return before and after for JSON."""
        return list(self.before), list(self.after)


@dataclass(frozen=True, slots=True)
class RequestCertificate:
    """Request one certificate for all names, validated by DNS."""

    names: tuple[str, ...]
    token: str
    environment: str
    op = "request-certificate"

    @property
    def subject(self) -> str:
        """Return what is changed."""
        return f"certificate {self.names[0]}"

    def describe(self) -> str:
        """Return the sentence of the plan."""
        return f"Request a certificate for {', '.join(self.names)}"

    def data(self) -> tuple[Any, Any]:
        """Return before and after for JSON."""
        return None, {"names": list(self.names), "validation": "DNS"}


@dataclass(frozen=True, slots=True)
class ChangeRecords:
    """Exact deletes and creates in one zone, one transactional batch.

    ``zone_id`` is "" while the values are not known; such a change is never applied.
    """

    zone_id: str
    zone_name: str
    purpose: str
    creates: tuple[RecordSet, ...]
    deletes: tuple[RecordSet, ...] = ()
    op = "change-records"

    @property
    def subject(self) -> str:
        """Return what is changed."""
        return f"zone {self.zone_name}"

    def describe(self) -> str:
        """Return the sentence of the plan."""
        gone = {(each.name, each.type) for each in self.deletes}
        words = [
            f"{'Replace' if (each.name, each.type) in gone else 'Create'} {_show(each)}"
            for each in self.creates
        ]
        made = {(each.name, each.type) for each in self.creates}
        words += [f"Delete {_show(r)}" for r in self.deletes if (r.name, r.type) not in made]
        return f"{self.purpose} in zone {self.zone_name}: " + "; ".join(words)

    def data(self) -> tuple[Any, Any]:
        """Return before and after for JSON."""
        return [_show(each) for each in self.deletes], [_show(each) for each in self.creates]


@dataclass(frozen=True, slots=True)
class UpdateEnvironment:
    """Set and remove option settings at API level in one UpdateEnvironment.

    ``before`` holds the effective values of all options touched, ``severity`` EB's
    ChangeSeverity, the gravest of the options.
    """

    environment: str
    purpose: str
    settings: Mapping[Option, str]
    removals: tuple[Option, ...] = ()
    before: Mapping[Option, str] = field(default_factory=dict)
    severity: str = ""
    op = "update-environment"

    @property
    def subject(self) -> str:
        """Return what is changed."""
        return f"environment {self.environment}"

    def describe(self) -> str:
        """Return the sentence of the plan."""
        impact = f" ({self.severity})" if self.severity else ""
        return f"{self.purpose} on environment {self.environment}{impact}"

    def rows(self) -> tuple[tuple[Option, str | None, str | None], ...]:
        """Return option, value before and value after of every option touched, in order.

        After None: the value set at API level is removed and the file's value surfaces.
        """
        every = sorted({*self.settings, *self.removals})
        return tuple((o, self.before.get(o), self.settings.get(o)) for o in every)

    def data(self) -> tuple[Any, Any]:
        """Return before and after for JSON."""
        rows = self.rows()
        return (
            {str(option): before for option, before, _ in rows},
            {str(option): after for option, _, after in rows},
        )


Change = CreateZone | UpdateNameServers | RequestCertificate | ChangeRecords | UpdateEnvironment


def identify(change: Change) -> str:
    """Return a key that is equal for the same change planned again."""
    return f"{change.op} {change.subject}: {change.data()[1]}"


def _show(record_set: RecordSet) -> str:
    if record_set.alias is not None:
        return f"{record_set.name} {record_set.type} alias {record_set.alias.dns_name}"
    return f"{record_set.name} {record_set.type} {' '.join(record_set.values)}"
