from __future__ import annotations

from dataclasses import replace

import pytest

from ebdeploy.diagnosis.findings import Evidence, Finding, Fix, Severity
from ebdeploy.facts import options as eb
from ebdeploy.provisioning.changes import RequestCertificate, UpdateEnvironment
from ebdeploy.provisioning.plan import Plan
from ebdeploy.provisioning.stages import Waiting
from ebdeploy.reporting.report import Report, cost_rows
from ebdeploy.reporting.text import check_text, clean, money_lines, plan_text, report_text
from tests.states import NAMES, healthy, tutorial

FINDING = Finding(
    "DNS002",
    Severity.FATAL,
    "example.com",
    "The registrar names other servers.",
    (Evidence("dig +norec NS example.com", "a.gtld-servers.net", ""),),
    (Fix("Let the tool do it.", "python manage.py provision_domain --allow update-nameservers"),),
)


def test_an_empty_plan_is_one_line() -> None:
    assert plan_text(Plan(), healthy()) == "Nothing to do: everything is as ordered."


def test_a_plan_shows_changes_waits_and_money() -> None:
    certificate = RequestCertificate(NAMES, "t", "django-env")
    update = UpdateEnvironment(
        "django-env",
        "Serve https",
        {eb.PROXY: "alb"},
        (eb.HEALTH_PATH,),
        {eb.HEALTH_PATH: "/"},
        "RestartApplicationServer",
    )
    made = Plan(changes=(certificate,), later=(update,), waiting_for=(Waiting("x", "why"),))
    text = plan_text(made, tutorial(), money_lines(cost_rows(tutorial())))
    assert "environment django-env (account 111122223333, ap-northeast-1)" in text
    assert "+ Request a certificate for www.example.com, example.com" in text
    assert "EBDEPLOY_PROXY: unset -> 'alb'" in text
    assert "HealthCheckPath: '/' -> the repository's value" in text
    assert "wait for: x (why)" in text
    assert "hosted zone example.com: 0.50 USD a month" in text
    assert "certificate: free" in text


def test_a_converged_run_shows_what_was_seen() -> None:
    certificate = RequestCertificate(NAMES, "t", "django-env")
    stats = {"api_calls": 20, "api_writes": 5, "seconds": 9.5}
    text = report_text(
        Report("provision_domain", "converged", 0, NAMES, healthy(), (certificate,), stats=stats)
    )
    assert text.startswith("Done: https://www.example.com is up and verified.")
    assert "192.0.2.80 on all 4 name servers" in text
    assert "certificate for www.example.com, example.com, valid until" in text
    assert "http   / answers 301 to https://www.example.com" in text
    assert "targets: 1 of 1 healthy, environment health Ok" in text
    assert "20 AWS calls (5 writes)" in text


def test_a_run_without_changes_says_nothing_to_do() -> None:
    text = report_text(Report("provision_domain", "converged", 0, NAMES, healthy()))
    assert text.startswith("Nothing to do: https://www.example.com is up and verified.")


@pytest.mark.parametrize("result", ["pending", "blocked", "failed", "changes", "unknown"])
def test_every_other_end_has_its_headline_and_the_next_command(result: str) -> None:
    waiting = (Waiting("certificate issued", "ACM looks"),)
    report = Report(
        "provision_domain", result, 1, NAMES, tutorial(), waiting=waiting, next_command="eb deploy"
    )
    text = report_text(report)
    assert "waiting for certificate issued: ACM looks" in text
    assert "Next: eb deploy" in text


def test_a_check_without_findings_is_ok() -> None:
    assert check_text(Report("check_cert", "converged", 0, NAMES)).startswith("OK")


def test_the_root_cause_is_the_first_line_of_a_check() -> None:
    later = replace(FINDING, code="ACM010").because_of("DNS002")
    report = Report("check_cert", "blocked", 1, NAMES, findings=(FINDING, later), next_command="x")
    lines = check_text(report).splitlines()
    assert lines[0] == "DNS002 fatal: The registrar names other servers."
    assert lines[1] == "    seen: dig +norec NS example.com -> (no answer)"
    assert lines[2] == "    fix:  Let the tool do it."
    assert any("(because of DNS002)" in line for line in lines)
    assert lines[-1] == "Next: x"


def test_foreign_text_cannot_drive_the_terminal() -> None:
    assert clean("a\x1b[31mb\nc\u202ed") == "a [31mb c d"
