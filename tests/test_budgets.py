"""Every file keeps the budgets, and every rule fires on a sample that breaks it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.budgets import breaches
from tests.imports import ROOT

FILES = [ROOT / "manage.py"] + [
    path
    for folder in ("ebdeploy", "mysite", "tests")
    for path in sorted((ROOT / folder).rglob("*.py"))
]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_the_file_keeps_its_budget(path: Path):
    assert list(breaches(name_of(path), path.read_text(encoding="utf-8"))) == []


def function(lines: int, docstring: int = 0) -> str:
    words = '    """Words' + "\n    words" * (docstring - 1) + '"""\n' if docstring else ""
    return "def long():\n" + words + "    x = 1\n" * (lines - 1)


SLEEP = "import time\ntime." + "sleep(1)\n"
MOCK = "unittest." + "mock"


@pytest.mark.parametrize(
    ("path", "source"),
    [
        pytest.param("ebdeploy/a.py", "", id="empty"),
        pytest.param("ebdeploy/a.py", "x = 1\n" * 300, id="file-at-its-limit"),
        pytest.param("ebdeploy/a.py", function(25, docstring=15), id="function-at-its-limit"),
        pytest.param(
            "ebdeploy/a.py", "try:\n    x\nexcept (OSError, KeyError):\n    y", id="named"
        ),
        pytest.param("ebdeploy/facts/clock.py", SLEEP, id="the-clock-sleeps"),
        pytest.param("tests/a.py", "import unittest", id="unittest"),
    ],
)
def test_what_keeps_the_rules_is_not_named(path: str, source: str):
    assert list(breaches(path, source)) == []


@pytest.mark.parametrize(
    ("path", "source", "words"),
    [
        pytest.param("ebdeploy/a.py", "x = 1\n" * 301, "has 301 lines", id="long-file"),
        pytest.param(
            "ebdeploy/management/commands/a.py", "x = 1\n" * 61, "more than 60", id="fat-command"
        ),
        pytest.param("ebdeploy/x/utils.py", "", "name the concept", id="utils"),
        pytest.param("tests/models.py", "", "name the concept", id="models"),
        pytest.param("ebdeploy/a.py", function(26), "26 lines of code", id="long-code"),
        pytest.param("ebdeploy/a.py", function(20, 21), "41 in all", id="long-with-words"),
        pytest.param(
            "ebdeploy/a.py", f"async {function(26)}", "26 lines of code", id="long-coroutine"
        ),
        pytest.param("tests/a.py", function(41), "41 in all", id="long-story"),
        pytest.param("tests/a.py", "try:\n    x\nexcept:\n    y", "every exception", id="bare"),
        pytest.param(
            "tests/a.py", "try:\n    x\nexcept Exception:\n    y", "every exception", id="broad"
        ),
        pytest.param(
            "tests/a.py",
            "try:\n    x\nexcept (OSError, Exception):\n    y",
            "every exception",
            id="broad-in-a-tuple",
        ),
        pytest.param("tests/a.py", f"import {MOCK}", "imports", id="mock"),
        pytest.param("tests/a.py", f"from {MOCK} import patch", "imports", id="mock-part"),
        pytest.param("tests/a.py", "from unittest import " + "mock", "imports", id="mock-module"),
        pytest.param("tests/a.py", SLEEP, "sleeps", id="sleep"),
        pytest.param("ebdeploy/a.py", "from time import " + "sleep", "sleeps", id="sleep-alone"),
    ],
)
def test_a_breach_is_named_with_its_place(path: str, source: str, words: str):
    (breach,) = breaches(path, source)
    assert breach.startswith(path)
    assert words in breach
