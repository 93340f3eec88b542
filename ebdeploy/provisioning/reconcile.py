"""The loop: observe, diagnose, plan, apply, again until the plan is empty.

Everything it needs is passed in: how to observe, how to apply, the clock, how to confirm, where
to tell. It keeps no state but what this run has done; running again is resuming.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from ebdeploy.diagnosis.findings import Finding
from ebdeploy.diagnosis.graph import diagnose
from ebdeploy.facts.clock import Clock
from ebdeploy.facts.errors import Conflict, StillMissing
from ebdeploy.facts.state import Observed
from ebdeploy.provisioning.changes import Change, ChangeRecords, identify
from ebdeploy.provisioning.desired import Desired
from ebdeploy.provisioning.plan import Plan, is_repaired, make_plan
from ebdeploy.provisioning.stages import Waiting

ALIAS_TTL = 60.0  # seconds that resolvers keep an alias to an environment or load balancer
SHOW_UP = 180.0  # clock seconds that AWS may take to show what it has accepted


class Progress(Protocol):
    """Who is told what happens; the sentences are made by the reporting."""

    def planned(self, plan: Plan, observed: Observed) -> None:
        """The first plan is known."""
        ...

    def applied(self, change: Change) -> None:
        """A change was accepted by AWS."""
        ...

    def waiting(self, waiting: Waiting) -> None:
        """Something is awaited; called at every poll."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: result word, what was changed, what is awaited, what is wrong."""

    result: str
    observed: Observed
    applied: tuple[Change, ...] = ()
    remaining: tuple[Change, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    findings: tuple[Finding, ...] = ()
    rounds: int = 0


@dataclass(slots=True)
class Run:
    """One run of ``provision_domain``; ``patience`` in clock seconds, 0: do not wait."""

    desired: Desired
    observe: Callable[[], Observed]
    apply: Callable[[Change], None]
    clock: Clock
    progress: Progress
    confirm: Callable[[], bool]
    patience: float = 900.0
    after_first: Callable[[], None] = lambda: None
    applied: list[Change] = field(default_factory=list)
    rounds: int = 0
    _made: dict[str, float] = field(default_factory=dict)
    _hold_until: float = 0.0
    _conflicts: set[str] = field(default_factory=set)
    _confirmed: bool = False

    def preview(self) -> Outcome:
        """Plan once and change nothing."""
        observed, findings, plan = self._look()
        self.progress.planned(plan, observed)
        return self._outcome(_preview_result(plan, findings), observed, findings, plan)

    def converge(self) -> Outcome:
        """Go round until nothing is left, something blocks, or patience runs out."""
        deadline = self.clock.monotonic() + self.patience
        while True:
            observed, findings, plan = self._look()
            if self.rounds == 1:
                self.progress.planned(plan, observed)
                self.after_first()
            waiting = self._awaited(plan)
            result = self._ending(findings, plan, waiting, deadline)
            if result:
                return self._outcome(result, observed, findings, plan, waiting)
            if not waiting:
                self._apply_all(plan.changes)
                continue
            self.progress.waiting(waiting[0])
            self.clock.sleep(min(waiting[0].every, max(deadline - self.clock.monotonic(), 0.1)))

    def _ending(
        self,
        findings: tuple[Finding, ...],
        plan: Plan,
        waiting: tuple[Waiting, ...],
        deadline: float,
    ) -> str:
        """Return the result word when the run ends here, "" when it goes on."""
        if plan.blocked_by:
            return "blocked"
        if any(finding.unobserved for finding in findings):
            return "unknown"
        if waiting:
            over = bool(waiting[0].command) or self.clock.monotonic() >= deadline
            return self._unfinished(findings) if over else ""
        if plan.changes:
            return "" if self._consent() else "declined"
        return "converged"

    def _look(self) -> tuple[Observed, tuple[Finding, ...], Plan]:
        self.rounds += 1
        observed = self.observe()
        findings = diagnose(observed)
        return observed, findings, make_plan(self.desired, observed, findings)

    def _consent(self) -> bool:
        if not self._confirmed:
            self._confirmed = self.confirm()
        return self._confirmed

    def _awaited(self, plan: Plan) -> tuple[Waiting, ...]:
        """Return what is awaited: the plan's, an old answer's TTL, or a change not shown yet."""
        now = self.clock.monotonic()
        if plan.waiting_for:
            return plan.waiting_for
        for change in plan.changes:
            made = self._made.get(identify(change))
            if made is not None and now - made > SHOW_UP:
                raise StillMissing(change.describe())
            if made is not None:
                return (Waiting(change.describe(), "AWS accepted it and does not show it yet", 5),)
        if now < self._hold_until and plan.changes:
            seconds = self._hold_until - now
            why = f"resolvers may still give the old answer for {seconds:.0f} s"
            return (Waiting("old DNS answers", why, seconds),)
        return ()

    def _apply_all(self, changes: tuple[Change, ...]) -> None:
        for change in changes:
            try:
                self.apply(change)
            except Conflict:
                if identify(change) in self._conflicts:
                    raise
                self._conflicts.add(identify(change))
                return  # somebody was quicker: read again, plan again, once
            now = self.clock.monotonic()
            self._made[identify(change)] = now
            self._hold_until = max(self._hold_until, now + _hold_seconds(change))
            self.applied.append(change)
            self.progress.applied(change)

    def _unfinished(self, findings: tuple[Finding, ...]) -> str:
        stuck = [f for f in findings if f.is_problem and not is_repaired(self.desired, f)]
        return "failed" if stuck else "pending"

    def _outcome(
        self,
        result: str,
        observed: Observed,
        findings: tuple[Finding, ...],
        plan: Plan,
        waiting: tuple[Waiting, ...] = (),
    ) -> Outcome:
        return Outcome(
            result=result,
            observed=observed,
            applied=tuple(self.applied),
            remaining=(*plan.changes, *plan.later),
            waiting=waiting or plan.waiting_for,
            findings=tuple(dict.fromkeys((*plan.blocked_by, *findings))),
            rounds=self.rounds,
        )


def _preview_result(plan: Plan, findings: tuple[Finding, ...]) -> str:
    if plan.blocked_by:
        return "blocked"
    if any(finding.unobserved for finding in findings):
        return "unknown"
    if plan.changes or plan.later:
        return "changes"
    return "pending" if plan.waiting_for else "converged"


def _hold_seconds(change: Change) -> float:
    """Return how long resolvers may keep what a change of records replaced."""
    if not isinstance(change, ChangeRecords):
        return 0.0
    return max((ALIAS_TTL if r.alias else float(r.ttl or 0) for r in change.deletes), default=0.0)
