"""From desired and observed state to a plan. Pure.

Comes in: ``Desired``, ``Observed`` and the findings of the diagnosis. Goes out: what to change
now, what will be planned in a later round, what is awaited, and what only a person can clear.

The stages stand in the order in which a live site may change. A stage whose goal is not reached
yet closes the gate: what later stages would change is shown, but not done in this round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ebdeploy.diagnosis.findings import Auto, Finding
from ebdeploy.facts.state import Observed
from ebdeploy.provisioning import plan_environment, plan_gates, plan_records
from ebdeploy.provisioning.changes import Change
from ebdeploy.provisioning.desired import Desired
from ebdeploy.provisioning.refusals import refuse
from ebdeploy.provisioning.stages import Stage, Waiting

# What the site answers is judged at the end, when it is ours to answer; all else blocks at once.
BLOCKING_FAMILIES = ("CFG", "AWS", "DOM", "DNS", "SEC", "CAA", "ACM", "EB", "ALB00")

STAGES = (
    plan_gates.environment_ready,
    plan_records.hosted_zones,
    plan_records.name_servers,
    plan_records.caa_records,
    plan_records.certificate,
    plan_records.validation_records,
    plan_gates.certificate_issued,
    plan_environment.attach,
    plan_gates.https_proven,
    plan_records.alias_records,
    plan_gates.names_resolve,
    plan_environment.enforce,
    plan_gates.redirect_live,
    plan_records.dropped_names,
    plan_gates.site_verified,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Changes for this round, changes of later rounds, what is awaited, what blocks."""

    changes: tuple[Change, ...] = ()
    later: tuple[Change, ...] = ()
    waiting_for: tuple[Waiting, ...] = ()
    blocked_by: tuple[Finding, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to do, to await or to clear."""
        return not (self.changes or self.later or self.waiting_for or self.blocked_by)


def make_plan(desired: Desired, observed: Observed, findings: Sequence[Finding]) -> Plan:
    """Return the plan of this round; equal inputs give equal plans."""
    blocked = blockers(desired, findings) or refuse(desired, observed)
    if blocked:
        return Plan(blocked_by=blocked)
    now: list[Change] = []
    later: list[Change] = []
    waiting: list[Waiting] = []
    for plan_stage in STAGES:
        stage: Stage = plan_stage(desired, observed)
        if now or waiting:
            later += stage.changes
        else:
            now += stage.changes
            waiting += stage.waiting
    return Plan(changes=tuple(now), later=tuple(later), waiting_for=tuple(waiting))


def blockers(desired: Desired, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the root causes that neither this run nor time repairs."""
    return tuple(
        finding
        for finding in findings
        if finding.is_problem
        and finding.caused_by is None
        and finding.code.startswith(BLOCKING_FAMILIES)
        and not is_repaired(desired, finding)
    )


def is_repaired(desired: Desired, finding: Finding) -> bool:
    """Whether a plain apply, a consent that was given, or time clears the finding."""
    return any(
        fix.auto in {Auto.APPLY, Auto.TIME}
        or (fix.auto is Auto.CONSENT and fix.allow in desired.allow)
        for fix in finding.fix
    )
