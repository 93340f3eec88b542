"""Evidence that anyone can repeat, and commands that can be pasted. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence

from ebdeploy.diagnosis.findings import Evidence
from ebdeploy.facts.dns import Answer

SHOWN = 4


def asked(name: str, rdtype: str, answers: Iterable[Answer]) -> tuple[Evidence, ...]:
    """Return what each server said to one question, as dig commands."""
    return tuple(
        Evidence(
            f"dig +norec @{answer.server} {shlex.quote(name)} {rdtype}", answer.server, said(answer)
        )
        for answer in list(answers)[:SHOWN]
    )


def said(answer: Answer) -> str:
    """Return an answer in a few words."""
    values = [f"{record.type} {record.value}" for record in answer.records]
    if not values and answer.referral:
        values = [f"NS {server}" for server in answer.referral]
    return "; ".join(sorted(values)) or (
        "no such record" if answer.status == "NOERROR" else answer.status
    )


def provision(names: Sequence[str], *allow: str) -> str:
    """Return the command that repairs, with the consents it needs."""
    words = ["python manage.py provision_domain", *map(shlex.quote, names)]
    return " ".join([*words, *(f"--allow {act}" for act in allow)])


def check(names: Sequence[str]) -> str:
    """Return the command that looks again."""
    return " ".join(["python manage.py check_cert", *map(shlex.quote, names)])
