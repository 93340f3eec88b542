from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from ebdeploy.diagnosis.findings import Evidence, Finding, Fix, Severity
from ebdeploy.facts.errors import BadName, NoCredentials
from ebdeploy.provisioning.changes import RequestCertificate
from ebdeploy.provisioning.reconcile import Outcome
from ebdeploy.provisioning.stages import Waiting
from ebdeploy.reporting.report import (
    as_json,
    check_report,
    check_result,
    error_report,
    provision_report,
)
from tests.states import NAMES, healthy, tutorial

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs" / "reference" / "report.schema.json").read_text()
)
OPTIONS = {"check": False, "wait": 900.0}


def violations(schema: dict[str, Any], value: Any, path: str = "$") -> Iterable[str]:
    """Yield what breaks the part of JSON Schema that our schema uses."""
    if "const" in schema and value != schema["const"]:
        yield f"{path} is not {schema['const']}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r} is not one of {schema['enum']}"
    if isinstance(value, dict):
        yield from (
            f"{path}.{key} is missing" for key in schema.get("required", ()) if key not in value
        )
        for key, inner in schema.get("properties", {}).items():
            if key in value:
                yield from violations(inner, value[key], f"{path}.{key}")
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from violations(schema.get("items", {}), item, f"{path}[{number}]")


def finding(code: str, severity: Severity, **changes: Any) -> Finding:
    usual: dict[str, Any] = {"evidence": (Evidence("q", "s", "a"),), "fix": (Fix("do", "cmd"),)}
    return Finding(code, severity, "subject", "message", **{**usual, **changes})


@pytest.mark.parametrize(
    ("result", "check", "code"),
    [
        ("converged", False, 0),
        ("changes", False, 0),
        ("changes", True, 4),
        ("pending", False, 3),
        ("blocked", False, 1),
        ("failed", False, 1),
        ("declined", False, 1),
        ("unknown", False, 5),
    ],
)
def test_every_end_has_its_exit_code(result: str, check: bool, code: int) -> None:
    report = provision_report(Outcome(result, healthy()), {**OPTIONS, "check": check}, {})
    assert report.exit_code == code
    assert list(violations(SCHEMA, as_json(report))) == []


def test_the_document_of_a_run_follows_the_schema() -> None:
    outcome = Outcome(
        "pending",
        tutorial(),
        applied=(RequestCertificate(NAMES, "t", "django-env"),),
        waiting=(Waiting("certificate issued", "ACM looks", 5),),
        findings=(finding("ACM002", Severity.PENDING),),
    )
    document = as_json(provision_report(outcome, OPTIONS, {"api_calls": 1}))
    assert list(violations(SCHEMA, document)) == []
    assert document["plan"][0]["status"] == "applied"
    assert document["waiting"][0]["what"] == "certificate issued"
    assert document["cost"][0]["usd_per_month"] == 0.5
    assert document["next_command"].startswith("python manage.py provision_domain")
    assert json.loads(json.dumps(document)) == document


def test_the_schema_notices_a_wrong_document() -> None:
    document = as_json(provision_report(Outcome("converged", healthy()), OPTIONS, {}))
    assert list(violations(SCHEMA, {**document, "result": "fine"}))
    del document["findings"]
    assert list(violations(SCHEMA, document))


@pytest.mark.parametrize(
    ("findings", "result"),
    [
        pytest.param([], "converged", id="nothing"),
        pytest.param([finding("W", Severity.WARNING)], "converged", id="warning"),
        pytest.param([finding("P", Severity.PENDING)], "pending", id="pending"),
        pytest.param(
            [finding("U", Severity.ERROR, unobserved=True)], "unknown", id="could-not-look"
        ),
        pytest.param(
            [finding("P", Severity.PENDING), finding("E", Severity.ERROR)], "blocked", id="error"
        ),
    ],
)
def test_the_gravest_finding_decides_a_check(findings: list[Finding], result: str) -> None:
    assert check_result(findings) == result


def test_the_fix_of_the_root_cause_is_the_next_command() -> None:
    root, later = finding("DNS002", Severity.FATAL), finding("ACM010", Severity.ERROR)
    report = check_report("check_cert", healthy(), [root, later], {})
    assert (report.next_command, report.exit_code) == ("cmd", 1)


@pytest.mark.parametrize(
    ("error", "result", "code"),
    [
        pytest.param(
            BadName("CFG001", "x:", "is not a host name.", "Do."), "failed", 2, id="usage"
        ),
        pytest.param(NoCredentials(), "unknown", 5, id="no-credentials"),
    ],
)
def test_an_error_is_a_document_too(error: Any, result: str, code: int) -> None:
    document = as_json(error_report("check_cert", error))
    assert (document["result"], document["exit_code"]) == (result, code)
    assert document["findings"][0]["code"] == error.code
    assert list(violations(SCHEMA, document)) == []
