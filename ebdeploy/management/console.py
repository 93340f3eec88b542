"""Where output goes: the result to stdout or a file, progress and questions to stderr."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.management.base import OutputWrapper

from ebdeploy.facts.errors import NoTerminal
from ebdeploy.facts.state import Observed
from ebdeploy.provisioning.changes import Change
from ebdeploy.provisioning.plan import Plan
from ebdeploy.provisioning.stages import Waiting
from ebdeploy.reporting.report import Report, as_json, cost_rows
from ebdeploy.reporting.text import clean, money_lines, plan_text


def as_is(text: str) -> str:
    """Return the text: Django would paint everything on stderr as an error."""
    return text


@dataclass(slots=True)
class ConsoleProgress:
    """Plain lines on stderr, one a change of state, each with the seconds since the start."""

    err: OutputWrapper
    started: float = field(default_factory=time.monotonic)
    _last: str = ""

    def planned(self, plan: Plan, observed: Observed) -> None:
        """Show the plan."""
        self._write(plan_text(plan, observed, money_lines(cost_rows(observed))) + "\n")

    def applied(self, change: Change) -> None:
        """Say what was done."""
        self._line(f"done: {change.describe()}")

    def waiting(self, waiting: Waiting) -> None:
        """Say what is awaited, once for every reason."""
        self._line(f"waiting for {waiting.what}: {waiting.why}")

    def say(self, text: str) -> None:
        """Say something that is neither plan nor change."""
        self._write(text)

    def _line(self, text: str) -> None:
        if text != self._last:
            self._write(f"{time.monotonic() - self.started:6.1f} s  {clean(text)}")
        self._last = text

    def _write(self, text: str) -> None:
        self.err.write(text, style_func=as_is)


def ask(err: OutputWrapper) -> bool:
    """Ask for a yes on the terminal; raises ``NoTerminal`` where there is none."""
    if not sys.stdin.isatty():
        raise NoTerminal
    err.write("Apply these changes? [y/N] ", style_func=as_is, ending="")
    err.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def emit(
    report: Report, options: dict[str, Any], out: OutputWrapper, text: Callable[[Report], str]
) -> None:
    """Write the report in the format that was asked for, to stdout or to the file."""
    body = (
        json.dumps(as_json(report), indent=2)
        if options["output_format"] == "json"
        else text(report)
    )
    if options["output"]:
        path = Path(options["output"])
        draft = path.with_name(f"{path.name}.new")
        draft.write_text(f"{body}\n", encoding="utf-8")
        draft.replace(path)
    else:
        out.write(body)
