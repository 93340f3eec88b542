"""The result of a command as one value, made once and shown in every format. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ebdeploy.diagnosis.findings import Finding, Fix, Severity
from ebdeploy.facts.errors import (
    BLOCKED,
    CHANGES,
    INTERRUPTED,
    PENDING,
    UNOBSERVED,
    USAGE,
    EbdeployError,
)
from ebdeploy.facts.state import Environment, Observed
from ebdeploy.provisioning.changes import Change, identify
from ebdeploy.provisioning.reconcile import Outcome
from ebdeploy.provisioning.stages import Waiting

SCHEMA = 1
EXIT_CODES = {
    "converged": 0,
    "changes": 0,
    "pending": PENDING,
    "blocked": BLOCKED,
    "failed": BLOCKED,
    "declined": BLOCKED,
    "unknown": UNOBSERVED,
    "interrupted": INTERRUPTED,
}


@dataclass(frozen=True, slots=True)
class Report:
    """What a command found and did; ``stats`` in calls, queries, rounds and real seconds."""

    command: str
    result: str
    exit_code: int
    names: tuple[str, ...] = ()
    observed: Observed | None = None
    applied: tuple[Change, ...] = ()
    remaining: tuple[Change, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    patience: float = 0.0
    findings: tuple[Finding, ...] = ()
    cost: tuple[Mapping[str, Any], ...] = ()
    stats: Mapping[str, float] = field(default_factory=dict)
    next_command: str = ""

    @property
    def environment(self) -> Environment | None:
        """Return the environment, None where none was named or read."""
        found = self.observed.environment if self.observed else None
        return found if isinstance(found, Environment) else None


def provision_report(
    outcome: Outcome, options: Mapping[str, Any], stats: Mapping[str, float]
) -> Report:
    """Return the report of ``provision_domain`` with the command to go on with."""
    observed = outcome.observed
    code = (
        CHANGES if options["check"] and outcome.result == "changes" else EXIT_CODES[outcome.result]
    )
    command = next((waiting.command for waiting in outcome.waiting if waiting.command), "")
    if not command and outcome.result in {"pending", "unknown", "declined"}:
        command = f"python manage.py provision_domain {' '.join(observed.names)}"
    return Report(
        command="provision_domain",
        result="changes" if outcome.result == "declined" else outcome.result,
        exit_code=code,
        names=observed.names,
        observed=observed,
        applied=outcome.applied,
        remaining=outcome.remaining,
        waiting=outcome.waiting,
        patience=options["wait"],
        findings=outcome.findings,
        cost=cost_rows(observed) if outcome.applied or outcome.remaining else (),
        stats=stats,
        next_command=command or _fix(outcome.findings),
    )


def check_report(
    command: str, observed: Observed, findings: Sequence[Finding], stats: Mapping[str, float]
) -> Report:
    """Return the report of a check: nothing was changed."""
    result = check_result(findings)
    return Report(
        command=command,
        result=result,
        exit_code=EXIT_CODES[result],
        names=observed.names,
        observed=observed,
        findings=tuple(findings),
        stats=stats,
        next_command=_fix(findings),
    )


def error_report(command: str, error: EbdeployError) -> Report:
    """Return the report of a run that an error ended."""
    results = {UNOBSERVED: "unknown", USAGE: "failed", INTERRUPTED: "interrupted"}
    fix = (Fix(error.remedy),) if error.remedy else ()
    return Report(
        command=command,
        result=results.get(error.exit_code, "blocked"),
        exit_code=error.exit_code,
        findings=(Finding(error.code, Severity.FATAL, "", error.message, fix=fix),),
    )


def check_result(findings: Sequence[Finding]) -> str:
    """Return the result word of a check, the gravest finding deciding."""
    if any(finding.is_problem and not finding.unobserved for finding in findings):
        return "blocked"
    if any(finding.unobserved for finding in findings):
        return "unknown"
    return "pending" if any(f.severity == "pending" for f in findings) else "converged"


def cost_rows(observed: Observed) -> tuple[Mapping[str, Any], ...]:
    """Return what costs money in what the plan makes or keeps, and what is free.

    Figures in USD, November 2026: https://aws.amazon.com/route53/pricing/ and
    https://aws.amazon.com/certificate-manager/pricing/.
    """
    zones = observed.zones if isinstance(observed.zones, tuple) else ()
    rows: list[Mapping[str, Any]] = [
        {
            "item": f"hosted zone {zone.name}",
            "usd_per_month": 0.50,
            "source": "https://aws.amazon.com/route53/pricing/ (2026-11)",
        }
        for zone in zones
        if zone.name_servers
    ]
    free = (
        ("certificate", "https://aws.amazon.com/certificate-manager/pricing/ (2026-11)"),
        ("alias queries", "https://aws.amazon.com/route53/pricing/ (2026-11)"),
        ("listener 443 and redirect", "the load balancer is there already"),
    )
    return (*rows, *({"item": item, "usd_per_month": 0.0, "source": s} for item, s in free))


def as_json(report: Report) -> dict[str, Any]:
    """Return the document of ``--format json``, schema 1."""
    environment = report.environment
    return {
        "schema": SCHEMA,
        "command": report.command,
        "result": report.result,
        "exit_code": report.exit_code,
        "names": list(report.names),
        "account": environment.account if environment else None,
        "region": environment.region if environment else None,
        "environment": environment.name if environment else None,
        "plan": [
            *(_change(change, "applied") for change in report.applied),
            *(_change(change, "planned") for change in report.remaining),
        ],
        "waiting": [_waiting(report, waiting) for waiting in report.waiting],
        "findings": [_finding(finding) for finding in report.findings],
        "cost": [dict(row) for row in report.cost],
        "stats": dict(report.stats),
        "next_command": report.next_command or None,
    }


def _change(change: Change, status: str) -> dict[str, Any]:
    before, after = change.data()
    return {
        "id": identify(change),
        "op": change.op,
        "subject": change.subject,
        "before": before,
        "after": after,
        "status": status,
    }


def _waiting(report: Report, waiting: Waiting) -> dict[str, Any]:
    now = report.observed.now if report.observed else None
    return {
        "what": waiting.what,
        "why": waiting.why,
        "since": now.isoformat() if now else None,
        "deadline": (now + timedelta(seconds=report.patience)).isoformat() if now else None,
        "next_check": (now + timedelta(seconds=waiting.every)).isoformat() if now else None,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "subject": finding.subject,
        "message": finding.message,
        "evidence": [
            {"query": e.query, "server": e.server, "answer": e.answer} for e in finding.evidence
        ],
        "fix": [
            {"text": fix.text, "command": fix.command, "auto": str(fix.auto)} for fix in finding.fix
        ],
        "caused_by": finding.caused_by,
        "doc": finding.doc,
    }


def _fix(findings: Sequence[Finding]) -> str:
    """Return the command of the first fix of the root cause."""
    for finding in findings:
        if finding.is_problem:
            return next((fix.command for fix in finding.fix if fix.command), "")
    return ""
