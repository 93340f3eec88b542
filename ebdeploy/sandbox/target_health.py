"""The health of a target and how a check changes it. Pure.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ebdeploy.sandbox.balancer_config import TargetGroupConfig


@dataclass(frozen=True, slots=True)
class Target:
    """A target of a group; ``port`` as elbv2 shows it."""

    group_arn: str
    id: str
    address: str
    port: int


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check found; reason and description are for a check that did not pass."""

    passed: bool
    reason: str = ""
    description: str = ""
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """A state with its reason, and how many checks in a row passed or failed."""

    state: str
    reason: str = ""
    description: str = ""
    passed: int = 0
    failed: int = 0

    def after(self, result: CheckResult, group: TargetGroupConfig) -> Health:
        """Return the health after one more check.

        The first passed check makes an initial target healthy; else the thresholds count.
        """
        if result.passed:
            counted = replace(self, passed=self.passed + 1, failed=0)
            if self.state == "initial" or counted.passed >= group.healthy_threshold:
                return Health("healthy", passed=counted.passed)
            return counted
        counted = replace(self, passed=0, failed=self.failed + 1)
        if self.state == "unhealthy" or counted.failed >= group.unhealthy_threshold:
            return Health("unhealthy", result.reason, result.description, 0, counted.failed)
        return counted


INITIAL = Health("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
UNUSED = Health(
    "unused",
    "Target.NotInUse",
    "Target group is not configured to receive traffic from the load balancer",
)
DRAINING = Health(
    "draining", "Target.DeregistrationInProgress", "Target deregistration is in progress"
)
TIMED_OUT = CheckResult(False, "Target.Timeout", "Request timed out")
FAILED = CheckResult(False, "Target.FailedHealthChecks", "Health checks failed")


def judge_status(status: int, group: TargetGroupConfig) -> CheckResult:
    """Return the result of a check that was answered."""
    if group.accepts(status):
        return CheckResult(True, status=status)
    words = f"Health checks failed with these codes: [{status}]"
    return CheckResult(False, "Target.ResponseCodeMismatch", words, status)


def describe(target: Target, health: Health) -> dict[str, Any]:
    """Return an item of TargetHealthDescriptions, as DescribeTargetHealth shows it."""
    shown = {"State": health.state}
    if health.reason:
        shown |= {"Reason": health.reason, "Description": health.description}
    return {
        "Target": {"Id": target.id, "Port": target.port},
        "HealthCheckPort": str(target.port),
        "TargetHealth": shown,
    }
