"""The finding: one thing that is wrong, pending or worth knowing, as a value. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is; fatal and error make a command exit 1 unless the plan repairs them."""

    FATAL = "fatal"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    PENDING = "pending"


class Auto(StrEnum):
    """Who fixes it: a plain apply, an apply with a named consent, a person, or time."""

    APPLY = "A"
    CONSENT = "C"
    HUMAN = "H"
    TIME = "T"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What anyone can repeat: the command or query, who was asked, what came back."""

    query: str
    server: str
    answer: str


@dataclass(frozen=True, slots=True)
class Fix:
    """What to do about it; ``allow`` names the consent that lets provision_domain do it."""

    text: str
    command: str = ""
    auto: Auto = Auto.HUMAN
    allow: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding of the catalogue: a stable code, what it is about, evidence and fix.

    ``unobserved`` marks "could not look": the command then cannot say that all is well.
    """

    code: str
    severity: Severity
    subject: str
    message: str
    evidence: tuple[Evidence, ...] = ()
    fix: tuple[Fix, ...] = ()
    caused_by: str | None = None
    unobserved: bool = False

    @property
    def doc(self) -> str:
        """Return the page of the code."""
        return f"docs/reference/findings.md#{self.code.lower()}"

    @property
    def is_problem(self) -> bool:
        """Whether it is fatal or an error."""
        return self.severity in {Severity.FATAL, Severity.ERROR}

    def because_of(self, code: str) -> Finding:
        """Return the same finding as a consequence of another."""
        return replace(self, caused_by=code)
