from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from ebdeploy.facts import options as eb
from ebdeploy.facts.clock import Clock
from ebdeploy.facts.errors import Conflict, StillMissing
from ebdeploy.facts.state import Observed, RecordSet
from ebdeploy.provisioning.changes import Change, ChangeRecords
from ebdeploy.provisioning.desired import Desired
from ebdeploy.provisioning.plan import Plan
from ebdeploy.provisioning.reconcile import Run
from ebdeploy.provisioning.stages import Waiting
from tests import states
from tests.states import NAMES, healthy, tutorial, with_settings


@dataclass
class Log:
    """Hears everything a run tells."""

    lines: list[str] = field(default_factory=list)

    def planned(self, plan: Plan, observed: Observed) -> None:
        self.lines.append(f"plan for {len(observed.names)} names: {len(plan.changes)} now")

    def applied(self, change: Change) -> None:
        self.lines.append(f"applied {change.op}")

    def waiting(self, waiting: Waiting) -> None:
        self.lines.append(f"waiting {waiting.what}")


FAST = Clock(scale=100_000)


def run(
    scenes: list[Observed],
    *,
    apply: Callable[[Change], None] = lambda change: None,
    confirm: bool = True,
    patience: float = 900,
    allow: tuple[str, ...] = (),
    log: Log | None = None,
) -> Run:
    """A run that sees the scenes one after the other, the last one for ever."""
    left = list(scenes)
    return Run(
        desired=Desired(NAMES, allow=frozenset(allow)),
        observe=lambda: left.pop(0) if len(left) > 1 else left[0],
        apply=apply,
        clock=FAST,
        progress=log or Log(),
        confirm=lambda: confirm,
        patience=patience,
    )


def test_nothing_is_applied_where_nothing_is_missing() -> None:
    applied: list[Change] = []
    outcome = run([healthy()], apply=applied.append).converge()
    assert (outcome.result, outcome.rounds, applied) == ("converged", 1, [])


def test_a_preview_changes_nothing() -> None:
    applied: list[Change] = []
    outcome = run([tutorial()], apply=applied.append).preview()
    assert (outcome.result, applied) == ("changes", [])
    assert len(outcome.remaining) == 5


@pytest.mark.parametrize(
    ("scene", "result"),
    [
        pytest.param(healthy(), "converged", id="healthy"),
        pytest.param(with_settings(tutorial(), {eb.REDIRECT_PATH: None}), "blocked", id="blocked"),
        pytest.param(
            tutorial(environment=replace(states.ENVIRONMENT, status="Updating")),
            "changes",
            id="not-ready",
        ),
    ],
)
def test_a_preview_says_how_things_stand(scene: Observed, result: str) -> None:
    assert run([scene]).preview().result == result


def test_a_change_is_applied_and_seen_in_the_next_round() -> None:
    log = Log()
    outcome = run([tutorial(), healthy()], log=log).converge()
    assert outcome.result == "converged"
    assert [change.op for change in outcome.applied] == ["request-certificate"]
    assert log.lines == ["plan for 2 names: 1 now", "applied request-certificate"]


def test_without_a_yes_nothing_happens() -> None:
    applied: list[Change] = []
    outcome = run([tutorial()], apply=applied.append, confirm=False).converge()
    assert (outcome.result, applied) == ("declined", [])


def test_a_blocked_order_asks_nothing_and_applies_nothing() -> None:
    applied: list[Change] = []
    scene = with_settings(tutorial(), {eb.REDIRECT_PATH: None})
    outcome = run([scene], apply=applied.append).converge()
    assert (outcome.result, applied) == ("blocked", [])
    assert outcome.findings[0].code == "EB020"


def test_without_patience_a_wait_ends_as_pending() -> None:
    waiting = tutorial(environment=replace(states.ENVIRONMENT, status="Updating"))
    outcome = run([waiting], patience=0).converge()
    assert outcome.result == "pending"
    assert [w.what for w in outcome.waiting] == ["environment django-env Ready"]


def test_a_wait_goes_on_until_the_world_moves() -> None:
    log = Log()
    updating = healthy(environment=replace(states.ENVIRONMENT, status="Updating"))
    outcome = run([updating, updating, healthy()], log=log).converge()
    assert outcome.result == "converged"
    assert log.lines[1:] == ["waiting environment django-env Ready"] * 2


def test_a_wait_that_only_a_deploy_ends_is_not_waited_for() -> None:
    outcome = run([healthy(rules=(states.INERT_RULE, states.DEFAULT_RULE))]).converge()
    assert (outcome.result, outcome.rounds) == ("pending", 1)
    assert outcome.waiting[0].command == "eb deploy"


def test_a_site_that_stays_broken_is_a_failure_in_the_end() -> None:
    broken = tuple(
        replace(e, status=400, body="<h1>Bad Request (400)</h1>") if e.aim == "site" else e
        for e in states.wire()
    )
    assert run([healthy(wire=broken)], patience=60).converge().result == "failed"


def test_somebody_quicker_makes_it_read_and_plan_once_more() -> None:
    conflicts = [Conflict("route53:ChangeResourceRecordSets", "InvalidChangeBatch", "exists")]

    def apply(change: Change) -> None:
        if conflicts:
            raise conflicts.pop()

    outcome = run([tutorial(), tutorial(), healthy()], apply=apply).converge()
    assert (outcome.result, len(outcome.applied)) == ("converged", 1)


def test_a_second_conflict_is_said() -> None:
    def apply(change: Change) -> None:
        raise Conflict("route53:ChangeResourceRecordSets", "InvalidChangeBatch", "exists")

    with pytest.raises(Conflict):
        run([tutorial()], apply=apply).converge()


def test_a_change_that_does_not_show_up_is_awaited_and_then_an_error() -> None:
    applied: list[Change] = []
    with pytest.raises(StillMissing):
        run([tutorial()], apply=applied.append).converge()
    assert len(applied) == 1


def test_replaced_records_hold_the_redirect_until_old_answers_have_expired() -> None:
    old = RecordSet("www.example.com", "A", 300, ("203.0.113.9",))
    records = {"Z1": (*states.APEX_RECORDS, *states.VALIDATION_RECORDS, old, states.ALIASES[1])}
    log = Log()
    before = with_settings(healthy(records=records), {eb.HTTPS: None})
    after = with_settings(healthy(), {eb.HTTPS: None})
    outcome = run([before, after, after, healthy()], allow=("replace-record",), log=log).converge()
    assert isinstance(outcome.applied[0], ChangeRecords)
    assert log.lines[1:4] == [
        "applied change-records",
        "waiting old DNS answers",
        "applied update-environment",
    ]
