"""ACM010 to ACM020, DNS004, DNS012: does public DNS show the validation records. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ebdeploy.diagnosis.delegation import choose_zone, public_zones
from ebdeploy.diagnosis.evidence import asked, provision
from ebdeploy.diagnosis.findings import Auto, Evidence, Finding, Fix, Severity
from ebdeploy.facts.dns import Answer
from ebdeploy.facts.names import registrable_domain
from ebdeploy.facts.state import Certificate, Observed, RecordSet

ANSWERING = {"NOERROR", "NXDOMAIN"}
# A failed certificate is never looked at again, so its records say nothing.
JUDGED = {"PENDING_VALIDATION", "ISSUED"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A validation CNAME that must stand in public DNS, and what was seen of it."""

    observed: Observed
    certificate: Certificate
    name: str
    value: str

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Return what the authoritative servers said."""
        return self.observed.dns.answers(self.name, "CNAME")

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Return the answers as dig commands."""
        return asked(self.name, "CNAME", self.answers[:2])

    @property
    def repair(self) -> Fix:
        """Return the fix that a plain run carries out."""
        text = f"Create the record {self.name} CNAME {self.value}. and keep it for ever."
        return Fix(text, provision(self.observed.names), Auto.APPLY)


def check_validation(observed: Observed) -> Iterator[Finding]:
    """Yield one finding for every validation record that is not as ACM wants it."""
    certificate = observed.certificate
    if not isinstance(certificate, Certificate) or certificate.status not in JUDGED:
        return
    records = dict.fromkeys(v.record for v in certificate.validations if v.record)
    for name, value in filter(None, records):
        finding = _judge(Wanted(observed, certificate, name, value))
        if finding:
            yield finding


def _judge(wanted: Wanted) -> Finding | None:
    heard = [answer for answer in wanted.answers if answer.status in ANSWERING]
    if not heard:
        return None  # the delegation is what is broken
    seen = [_targets(answer, wanted.name) for answer in heard]
    right = [wanted.value in targets for targets in seen]
    if all(right):
        return None
    if any(right):
        return late_servers(wanted)
    others = sorted({target for targets in seen for target in targets})
    if others:
        return wrong_value(wanted, others)
    return _absent(wanted)


def _absent(wanted: Wanted) -> Finding:
    own, elsewhere = _own_records(wanted)
    if any(record.type == "CNAME" and _points(record, wanted.value) for record in own):
        return late_servers(wanted)  # the zone has it, its servers will in seconds
    if own and all(record.type != "CNAME" for record in own):
        return wrong_type(wanted, own)
    if _is_doubled(wanted):
        return doubled_name(wanted)
    if elsewhere:
        return undelegated_zone(wanted, elsewhere)
    return record_gone(wanted) if wanted.certificate.status == "ISSUED" else missing(wanted)


def missing(wanted: Wanted) -> Finding:
    """ACM010."""
    return Finding(
        "ACM010", Severity.ERROR, wanted.name,
        f"The validation record {wanted.name} does not exist, so the certificate stays pending.",
        wanted.evidence, (wanted.repair,),
    )  # fmt: skip


def wrong_value(wanted: Wanted, others: Sequence[str]) -> Finding:
    """ACM011."""
    ours = all(".acm-validations.aws" in other for other in others)
    text = f"Replace the value {', '.join(others)} by {wanted.value}."
    fix = Fix(text, provision(wanted.observed.names), Auto.APPLY)
    if not ours:
        command = provision(wanted.observed.names, "replace-record")
        fix = Fix(text, command, Auto.CONSENT, "replace-record")
    return Finding(
        "ACM011", Severity.ERROR, wanted.name,
        f"The validation record {wanted.name} has a wrong value.", wanted.evidence, (fix,),
    )  # fmt: skip


def doubled_name(wanted: Wanted) -> Finding:
    """ACM012."""
    double = _doubled(wanted)
    return Finding(
        "ACM012", Severity.ERROR, wanted.name,
        f"The validation record stands at {double}: the domain was typed twice, because the "
        "console adds it by itself.",
        asked(double, "CNAME", wanted.observed.dns.answers(double, "CNAME")[:2]), (wanted.repair,),
    )  # fmt: skip


def wrong_type(wanted: Wanted, own: Sequence[RecordSet]) -> Finding:
    """ACM014."""
    types = ", ".join(sorted({record.type for record in own}))
    return Finding(
        "ACM014", Severity.ERROR, wanted.name,
        f"{wanted.name} is a {types} record; ACM wants a CNAME.", wanted.evidence,
        (Fix(
            f"Replace it by CNAME {wanted.value}.",
            provision(wanted.observed.names, "replace-record"), Auto.CONSENT, "replace-record",
        ),),
    )  # fmt: skip


def record_gone(wanted: Wanted) -> Finding:
    """ACM020."""
    return Finding(
        "ACM020", Severity.ERROR, wanted.name,
        f"The certificate is issued, but its validation record {wanted.name} has been removed: "
        "the renewal, which starts 45 days before expiry, will fail.",
        wanted.evidence, (wanted.repair,),
    )  # fmt: skip


def undelegated_zone(wanted: Wanted, zones: Sequence[str]) -> Finding:
    """DNS004."""
    return Finding(
        "DNS004", Severity.ERROR, wanted.name,
        f"The validation record {wanted.name} stands in hosted zone {', '.join(zones)}, to which "
        "the registry does not point; the live zone lacks it.",
        wanted.evidence, (wanted.repair,),
    )  # fmt: skip


def late_servers(wanted: Wanted) -> Finding:
    """DNS012."""
    return Finding(
        "DNS012", Severity.PENDING, wanted.name,
        f"Not all name servers answer with {wanted.name} yet; Route 53 usually takes 60 s.",
        wanted.evidence, (Fix("Wait.", "", Auto.TIME),),
    )  # fmt: skip


def _targets(answer: Answer, name: str) -> set[str]:
    return {r.value for r in answer.records if r.type == "CNAME" and r.name == name}


def _points(record: RecordSet, value: str) -> bool:
    return value in {each.lower().rstrip(".") for each in record.values}


def _own_records(wanted: Wanted) -> tuple[list[RecordSet], list[str]]:
    """Return what stands at the name in the live zone, and the ids of other zones that have it."""
    live = choose_zone(wanted.name, wanted.observed)
    own: list[RecordSet] = []
    elsewhere: list[str] = []
    for zone in public_zones(wanted.observed):
        records = wanted.observed.records.get(zone.id)
        here = [r for r in records if r.name == wanted.name] if isinstance(records, tuple) else []
        if live and zone.id == live.id:
            own = here
        elif here:
            elsewhere.append(zone.id)
    return own, elsewhere


def _doubled(wanted: Wanted) -> str:
    return f"{wanted.name}.{registrable_domain(wanted.name)}"


def _is_doubled(wanted: Wanted) -> bool:
    double = _doubled(wanted)
    answers = wanted.observed.dns.answers(double, "CNAME")
    return any(wanted.value in _targets(answer, double) for answer in answers)
