from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ebdeploy.diagnosis.graph import diagnose
from ebdeploy.facts.dns import Question
from ebdeploy.facts.state import HostedZone, Observed, RecordSet
from tests import states
from tests.states import NAMES, healthy

OWNER, VALUE = "_token.example.com", "_value-e.acm-validations.aws"
DOUBLED = f"{OWNER}.example.com"
PENDING = replace(
    states.CERTIFICATE,
    status="PENDING_VALIDATION",
    created=states.NOW - timedelta(minutes=5),
    in_use=False,
    validations=tuple(states.validation(name, "PENDING_VALIDATION") for name in NAMES),
)


def seeing(observed: Observed, name: str, *values: str, rdtype: str = "CNAME") -> Observed:
    """The same state, but every server answers this for the name."""
    lookups = {
        **observed.dns.lookups,
        Question(name, rdtype): states.answers(name, rdtype, *values),
    }
    return replace(observed, dns=replace(observed.dns, lookups=lookups))


def with_records(observed: Observed, *records: RecordSet, zone: str = "Z1") -> Observed:
    """The same state, but the zone holds these validation records only."""
    kept = (*states.APEX_RECORDS, *states.ALIASES, states.VALIDATION_RECORDS[0])
    return replace(observed, records={**observed.records, zone: (*kept, *records)})


def without_record(**changes: Any) -> Observed:
    """A site whose second validation record is nowhere."""
    return with_records(seeing(healthy(**changes), OWNER))


def pending(**changes: Any) -> Observed:
    return without_record(certificate=PENDING, certificates=(PENDING,), **changes)


def cname(name: str, value: str) -> RecordSet:
    return RecordSet(name, "CNAME", 300, (f"{value}.",))


def certificate(**changes: Any) -> Observed:
    changed = replace(states.CERTIFICATE, **changes)
    return healthy(certificate=changed, certificates=(changed,))


def expiring(days: int) -> Observed:
    """A certificate of 198 days with that many left."""
    end = states.NOW + timedelta(days=days)
    return certificate(not_before=end - timedelta(days=198), not_after=end)


def test_a_healthy_chain_has_no_finding() -> None:
    assert diagnose(healthy()) == ()


def two_zones() -> Observed:
    other = HostedZone("Z2", "example.com", name_servers=states.OLD_SERVERS)
    observed = pending(zones=(states.ZONE, other))
    return replace(observed, records={**observed.records, "Z2": (cname(OWNER, VALUE),)})


@pytest.mark.parametrize(
    ("observed", "code", "severity"),
    [
        pytest.param(pending(), "ACM010", "error", id="missing"),
        pytest.param(without_record(), "ACM020", "error", id="removed-after-issuing"),
        pytest.param(
            seeing(pending(), OWNER, "_old.acm-validations.aws"), "ACM011", "error", id="wrong"
        ),
        pytest.param(seeing(pending(), DOUBLED, VALUE), "ACM012", "error", id="domain-typed-twice"),
        pytest.param(
            with_records(pending(), RecordSet(OWNER, "TXT", 300, ('"x"',))),
            "ACM014",
            "error",
            id="txt-instead-of-cname",
        ),
        pytest.param(two_zones(), "DNS004", "error", id="in-the-undelegated-zone"),
        pytest.param(certificate(status="VALIDATION_TIMED_OUT"), "ACM004", "error", id="timed-out"),
        pytest.param(
            certificate(status="FAILED", failure_reason="CAA_ERROR"), "ACM036", "error", id="caa"
        ),
        pytest.param(
            certificate(status="FAILED", failure_reason="DOMAIN_NOT_ALLOWED"),
            "ACM033",
            "error",
            id="unsafe-list",
        ),
        pytest.param(
            certificate(status="FAILED", failure_reason="OTHER"), "ACM037", "error", id="other"
        ),
        pytest.param(certificate(status="FAILED"), "ACM005", "error", id="no-reason"),
        pytest.param(certificate(status="EXPIRED"), "ACM006", "fatal", id="expired"),
        pytest.param(certificate(names=("www.example.com",)), "ACM046", "error", id="lacks-a-name"),
        pytest.param(certificate(renewal_status="FAILED"), "ACM042", "fatal", id="renewal-failed"),
        pytest.param(
            certificate(renewal_status="PENDING_VALIDATION"), "ACM041", "error", id="renewal-waits"
        ),
        pytest.param(expiring(9), "ACM044", "error", id="expiring"),
    ],
)
def test_one_fault_is_the_first_line(observed: Observed, code: str, severity: str) -> None:
    found = diagnose(observed)
    assert (found[0].code, str(found[0].severity)) == (code, severity), found
    assert found[0].caused_by is None
    assert found[0].evidence
    assert found[0].fix
    rest = [finding for finding in found[1:] if finding.is_problem]
    assert [finding.code for finding in rest if not finding.caused_by] == []


@pytest.mark.parametrize(
    ("observed", "code", "severity"),
    [
        pytest.param(
            healthy(certificate=PENDING), "ACM002", "pending", id="young-and-all-is-right"
        ),
        pytest.param(
            healthy(certificate=replace(PENDING, created=states.NOW - timedelta(hours=5))),
            "ACM003",
            "warning",
            id="pending-for-hours",
        ),
        pytest.param(
            healthy(
                certificate=replace(
                    PENDING,
                    validations=(states.validation(NAMES[0]), PENDING.validations[1]),
                )
            ),
            "ACM018",
            "pending",
            id="one-of-two",
        ),
        pytest.param(
            healthy(certificate=replace(PENDING, validations=states.CERTIFICATE.validations)),
            "ACM019",
            "pending",
            id="validated-not-issued",
        ),
        pytest.param(
            with_records(pending(), cname(OWNER, VALUE)), "DNS012", "pending", id="servers-lag"
        ),
        pytest.param(certificate(in_use=False), "ACM040", "warning", id="unused"),
        pytest.param(certificate(type="IMPORTED"), "ACM045", "warning", id="imported"),
        pytest.param(expiring(30), "ACM044", "warning", id="soon"),
    ],
)
def test_what_is_no_error_is_said_without_alarm(
    observed: Observed, code: str, severity: str
) -> None:
    families = ("ACM", "DNS")
    found = {finding.code: finding for finding in diagnose(observed, families)}
    assert code in found
    assert str(found[code].severity) == severity
    assert not any(finding.is_problem for finding in found.values())


def test_equal_states_give_equal_findings() -> None:
    assert diagnose(pending()) == diagnose(pending())
