"""Reports for people: plain lines, the root cause first. Values in, strings out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ebdeploy.diagnosis.findings import Finding
from ebdeploy.facts.names import to_unicode
from ebdeploy.facts.state import Observed
from ebdeploy.provisioning.changes import Change, UpdateEnvironment
from ebdeploy.provisioning.plan import Plan
from ebdeploy.reporting.report import Report
from ebdeploy.reporting.verified import verified_lines

HEADLINES = {
    "converged": "Done: {site} is up and verified.",
    "pending": "Pending: nothing is wrong, something is awaited.",
    "blocked": "Blocked: this needs a person.",
    "failed": "Failed: the site does not answer as it should.",
    "changes": "These changes are due; nothing was changed.",
    "unknown": "Unknown: not everything could be looked at, so nothing was changed.",
    "interrupted": "Interrupted: what was done stands, and running again goes on from there.",
}


def plan_text(plan: Plan, observed: Observed, cost: Sequence[str] = ()) -> str:
    """Return the plan: what happens now and what follows, with money."""
    if plan.is_empty:
        return "Nothing to do: everything is as ordered."
    lines = [
        f"Plan for {_place(observed)}",
        f"  names: {' '.join(map(to_unicode, observed.names))}",
    ]
    changes = (*plan.changes, *plan.later)
    if changes:
        lines += ["", *(line for change in changes for line in _change_lines(change))]
    if plan.waiting_for:
        lines += ["", *(f"  . wait for: {w.what} ({w.why})" for w in plan.waiting_for)]
    if cost and changes:
        lines += ["", "Cost", *cost]
    return "\n".join(lines)


def report_text(report: Report) -> str:
    """Return the result of ``provision_domain`` with its findings and the way on."""
    site = f"https://{to_unicode(report.names[0])}" if report.names else "the site"
    headline = HEADLINES[report.result].format(site=site)
    if report.result == "converged" and not report.applied:
        headline = f"Nothing to do: {site} is up and verified."
    lines = [headline]
    if report.result == "converged" and report.observed:
        lines += [f"  {line}" for line in verified_lines(report.observed)]
    lines += [f"  waiting for {w.what}: {w.why}" for w in report.waiting]
    lines += _finding_section(report.findings)
    if report.next_command:
        lines += ["", f"Next: {report.next_command}"]
    if report.stats:
        lines += ["", _stats(report)]
    return "\n".join(lines)


def check_text(report: Report) -> str:
    """Return the result of a check, the root cause as its first line."""
    if not report.findings:
        names = ", ".join(map(to_unicode, report.names))
        return f"OK: nothing is wrong with the certificate of {names}."
    lines = _finding_section(report.findings)[1:]
    if report.next_command:
        lines += ["", f"Next: {report.next_command}"]
    return "\n".join(lines)


def finding_lines(finding: Finding) -> Iterator[str]:
    """Yield the lines of one finding: what, why we know, what to do."""
    cause = f" (because of {finding.caused_by})" if finding.caused_by else ""
    yield f"{finding.code} {finding.severity}: {clean(finding.message)}{cause}"
    for evidence in finding.evidence:
        answer = clean(evidence.answer) or "(no answer)"
        yield f"    seen: {clean(evidence.query)} -> {answer}"
    for fix in finding.fix:
        yield f"    fix:  {clean(fix.text)}"
        if fix.command:
            yield f"          {clean(fix.command)}"


def money_lines(rows: Iterable[object]) -> list[str]:
    """Return one line for every row of the cost table."""
    lines = []
    for row in rows:
        if isinstance(row, dict):
            price = row.get("usd_per_month", 0.0)
            amount = f"{price:.2f} USD a month" if price else "free"
            lines.append(f"  {row['item']}: {amount} ({row['source']})")
    return lines


def clean(text: str) -> str:
    """Return the text without control characters: foreign records may carry terminal escapes."""
    return "".join(char if char.isprintable() else " " for char in text)


def _place(observed: Observed) -> str:
    environment = observed.environment
    name = getattr(environment, "name", "?")
    account, region = getattr(environment, "account", "?"), getattr(environment, "region", "?")
    return f"environment {name} (account {account}, {region})"


def _change_lines(change: Change) -> Iterator[str]:
    mark = "~" if isinstance(change, UpdateEnvironment) else "+"
    yield f"  {mark} {clean(change.describe())}"
    if isinstance(change, UpdateEnvironment):
        for option, before, after in change.rows():
            old = "unset" if before is None else repr(before)
            new = "the repository's value" if after is None else repr(after)
            yield f"      {option}: {old} -> {new}"


def _finding_section(findings: Iterable[Finding]) -> list[str]:
    lines: list[str] = []
    for finding in findings:
        lines += ["", *finding_lines(finding)]
    return lines


def _stats(report: Report) -> str:
    stats = report.stats
    return (
        f"{stats.get('api_calls', 0):.0f} AWS calls ({stats.get('api_writes', 0):.0f} writes), "
        f"{stats.get('api_polls', 0):.0f} polls, {stats.get('dns_queries', 0):.0f} DNS queries, "
        f"{stats.get('rounds', 0):.0f} rounds, {stats.get('seconds', 0):.1f} s"
    )
