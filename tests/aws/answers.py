"""A door without AWS: answers by operation, in order, and a record of what was called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Answers:
    """Answers every call of an operation with the next of its answers, the last one for ever."""

    def __init__(self, **answers: Any) -> None:
        self._answers = {
            operation: list(given) if isinstance(given, list) else [given]
            for operation, given in answers.items()
        }
        self.calls: list[tuple[str, str, dict[str, Any]]] = []

    def call(self, service: str, operation: str, **parameters: Any) -> Mapping[str, Any]:
        self.calls.append((service, operation, parameters))
        waiting = self._answers[operation]
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(answer, Exception):
            raise answer
        found: Mapping[str, Any] = answer
        return found

    def parameters(self, operation: str) -> list[dict[str, Any]]:
        return [given for _, name, given in self.calls if name == operation]
