"""Which status codes a target answered lately, to health checks and to visitors alike.

Elastic Beanstalk judges an environment by its instances' web server logs, in which the load
balancer's health checks stand beside the visitors' requests.
"""

from __future__ import annotations

import threading
from collections import Counter, deque

from ebdeploy.facts.clock import Clock

WINDOW = 60.0  # clock seconds
MOST = 2000  # answers remembered for a target


class StatusLog:
    """The answers of all targets within the last 60 clock seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._answers: dict[str, dict[str, deque[tuple[float, int]]]] = {}
        self._lock = threading.Lock()

    def record(self, group_arn: str, target_id: str, status: int) -> None:
        """Remember one answer."""
        with self._lock:
            group = self._answers.setdefault(group_arn, {})
            answers = group.setdefault(target_id, deque(maxlen=MOST))
            answers.append((self._clock.monotonic(), status))

    def recent(self, group_arn: str) -> dict[str, Counter[int]]:
        """Return how often each target of a group answered with each status code."""
        since = self._clock.monotonic() - WINDOW
        with self._lock:
            return {
                target_id: Counter(status for when, status in answers if when >= since)
                for target_id, answers in self._answers.get(group_arn, {}).items()
            }
