"""Active health checks as an application load balancer makes them, one thread a target.

Comes in: target groups. Goes out: requests to the targets, and who may get traffic.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Any

from ebdeploy.facts.clock import Clock
from ebdeploy.sandbox.addresses import Addresses
from ebdeploy.sandbox.balancer_config import TargetGroupConfig
from ebdeploy.sandbox.status_log import StatusLog
from ebdeploy.sandbox.target_health import (
    DRAINING,
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

AGENT = "ELB-HealthChecker/2.0"
LONGEST_TIMEOUT = 5.0  # real seconds
SHORTEST_PAUSE = 0.02  # real seconds, however fast the clock is
Key = tuple[str, str]


class TargetCheck:
    """The thread that checks one target, and the target's health."""

    def __init__(
        self, target: Target, group: TargetGroupConfig, real_port: int, clock: Clock, log: StatusLog
    ) -> None:
        self.target = target
        self.group = group
        self.health = INITIAL
        self._real_port = real_port
        self._clock = clock
        self._log = log
        self._stopping = threading.Event()
        self._connection: http.client.HTTPConnection | None = None
        self._thread = threading.Thread(target=self._run, name="health", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop checking; a check under way is cut off."""
        self._stopping.set()
        connected = self._connection.sock if self._connection else None
        if connected is not None:
            with contextlib.suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            group = self.group
            result = self._ask(group)
            if self._stopping.is_set():
                return
            if result.status is not None:
                self._log.record(group.arn, self.target.id, result.status)
            self.health = self.health.after(result, group)
            self._stopping.wait(max(SHORTEST_PAUSE, group.interval / self._clock.scale))

    def _ask(self, group: TargetGroupConfig) -> CheckResult:
        target = self.target
        host = target.address if target.port == 80 else f"{target.address}:{target.port}"
        timeout = min(group.timeout, LONGEST_TIMEOUT)
        self._connection = http.client.HTTPConnection(
            target.address, self._real_port, timeout=timeout
        )
        headers = {"Host": host, "User-Agent": AGENT, "Connection": "close"}
        try:
            self._connection.request("GET", group.health_path, headers=headers)
            return judge_status(self._connection.getresponse().status, group)
        except TimeoutError:
            return TIMED_OUT
        except (OSError, http.client.HTTPException):
            return FAILED
        finally:
            self._connection.close()


class HealthMonitor:
    """The checks of all target groups; a group that no listener names is not checked."""

    def __init__(self, addresses: Addresses, clock: Clock) -> None:
        self.log = StatusLog(clock)
        self._addresses = addresses
        self._clock = clock
        self._checks: dict[Key, TargetCheck] = {}
        self._unused: dict[Key, Target] = {}
        self._draining: dict[Key, tuple[Target, float]] = {}
        self._lock = threading.Lock()

    def update(self, groups: Mapping[str, TargetGroupConfig], used: frozenset[str]) -> None:
        """Follow the groups: new targets are checked, gone ones drain, settings change."""
        targets = {
            (group.arn, target_id): Target(group.arn, target_id, *where)
            for group in groups.values()
            for target_id, where in group.targets.items()
        }
        checked = {key: target for key, target in targets.items() if key[0] in used}
        with self._lock:
            self._unused = {key: t for key, t in targets.items() if key not in checked}
            gone = self._release(checked, targets)
            for key, target in checked.items():
                self._keep(target, groups[key[0]])
        for check in gone:
            check.stop()

    def stop(self) -> None:
        """Stop all checks."""
        with self._lock:
            checks, self._checks = list(self._checks.values()), {}
        for check in checks:
            check.stop()

    def candidates(self, group_arn: str) -> list[Target]:
        """Return the healthy targets of a group; all of them when none is (fail open)."""
        checks = self._of_group(group_arn)
        healthy = [check.target for check in checks if check.health.state == "healthy"]
        return healthy or [check.target for check in checks]

    def describe(self, group_arn: str) -> list[dict[str, Any]]:
        """Return TargetHealthDescriptions."""
        now = self._clock.monotonic()
        shown: list[tuple[Target, Health]] = [
            (check.target, check.health) for check in self._of_group(group_arn)
        ]
        with self._lock:
            shown += [(t, UNUSED) for t in self._unused.values()]
            shown += [(t, DRAINING) for t, until in self._draining.values() if now < until]
        return [describe(t, health) for t, health in shown if t.group_arn == group_arn]

    def _keep(self, target: Target, group: TargetGroupConfig) -> None:
        key = (target.group_arn, target.id)
        self._draining.pop(key, None)
        if key in self._checks:
            self._checks[key].group = group
            return
        port = self._addresses.port(target.port)
        self._checks[key] = TargetCheck(target, group, port, self._clock, self.log)

    def _release(
        self, checked: Mapping[Key, Target], targets: Mapping[Key, Target]
    ) -> list[TargetCheck]:
        """Take out the checks of targets that are gone, moved, or in no use any more."""
        gone = [k for k, check in self._checks.items() if checked.get(k) != check.target]
        released = [self._checks.pop(key) for key in gone]
        for key, check in zip(gone, released, strict=True):
            if key not in targets:
                until = self._clock.monotonic() + check.group.deregistration_delay
                self._draining[key] = (check.target, until)
        return released

    def _of_group(self, group_arn: str) -> list[TargetCheck]:
        with self._lock:
            return [self._checks[key] for key in sorted(self._checks) if key[0] == group_arn]


def round_robin(candidates: Callable[[str], list[Target]]) -> Callable[[str], Target | None]:
    """Return a function that picks the candidates of a group in turn."""
    turns: dict[str, int] = {}
    lock = threading.Lock()

    def choose(group_arn: str) -> Target | None:
        found = candidates(group_arn)
        with lock:
            turn = turns[group_arn] = turns.get(group_arn, -1) + 1
        return found[turn % len(found)] if found else None

    return choose
