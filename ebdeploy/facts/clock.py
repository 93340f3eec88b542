"""The one clock: every wait in the project goes through it."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """A monotonic clock whose seconds can pass faster than real ones.

    ``scale`` is the number of clock seconds in a real second: 1 against AWS, more in the
    sandbox, where a poll of ten seconds shall not take ten seconds.
    """

    scale: float = 1.0

    def monotonic(self) -> float:
        """Return clock seconds since an arbitrary start."""
        return time.monotonic() * self.scale

    def sleep(self, seconds: float) -> None:
        """Wait for that many clock seconds; nothing for zero or less."""
        if seconds > 0:
            time.sleep(seconds / self.scale)
