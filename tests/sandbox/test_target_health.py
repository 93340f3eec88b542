"""How checks change a target's health: pure."""

from __future__ import annotations

import pytest

from ebdeploy.sandbox.balancer_config import TargetGroupConfig
from ebdeploy.sandbox.target_health import (
    FAILED,
    INITIAL,
    TIMED_OUT,
    UNUSED,
    CheckResult,
    Health,
    Target,
    describe,
    judge_status,
)

GROUP = TargetGroupConfig("arn", healthy_threshold=2, unhealthy_threshold=3)
GOOD, BAD = CheckResult(True), judge_status(400, GROUP)


@pytest.mark.parametrize(
    ("start", "results", "state"),
    [
        pytest.param(INITIAL, [], "initial", id="no-check-yet"),
        pytest.param(INITIAL, [GOOD], "healthy", id="the-first-good-check-is-enough"),
        pytest.param(INITIAL, [BAD, BAD], "initial", id="below-the-threshold"),
        pytest.param(INITIAL, [BAD, BAD, BAD], "unhealthy", id="never-healthy"),
        pytest.param(INITIAL, [BAD, BAD, GOOD], "healthy", id="late-but-good"),
        pytest.param(Health("healthy"), [BAD, BAD, GOOD, BAD, BAD], "healthy", id="not-in-a-row"),
        pytest.param(Health("healthy"), [BAD, BAD, BAD], "unhealthy", id="in-a-row"),
        pytest.param(Health("unhealthy"), [GOOD], "unhealthy", id="once-is-not-enough"),
        pytest.param(Health("unhealthy"), [GOOD, BAD, GOOD], "unhealthy", id="not-twice-in-a-row"),
        pytest.param(Health("unhealthy"), [GOOD, GOOD], "healthy", id="recovered"),
    ],
)
def test_checks_change_the_state(start: Health, results: list[CheckResult], state: str) -> None:
    health = start
    for result in results:
        health = health.after(result, GROUP)
    assert health.state == state


def test_the_reason_of_the_last_failure_is_shown() -> None:
    health = Health("unhealthy").after(BAD, GROUP)
    assert health.reason == "Target.ResponseCodeMismatch"
    assert health.description == "Health checks failed with these codes: [400]"
    assert health.after(TIMED_OUT, GROUP).description == "Request timed out"
    assert health.after(FAILED, GROUP).reason == "Target.FailedHealthChecks"


def test_the_description_is_that_of_elbv2() -> None:
    target = Target("arn", "i-1", "10.0.0.1", 80)
    assert describe(target, Health("healthy")) == {
        "Target": {"Id": "i-1", "Port": 80},
        "HealthCheckPort": "80",
        "TargetHealth": {"State": "healthy"},
    }
    assert describe(target, UNUSED)["TargetHealth"]["Reason"] == "Target.NotInUse"
