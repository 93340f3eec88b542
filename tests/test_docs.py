"""The reference says what the code has, no less and no more, and no link leads nowhere."""

from __future__ import annotations

import argparse
import ast
import re
from pathlib import Path

import pytest
from django.core.management import load_command_class

from tests.imports import ROOT

DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
COMMANDS = sorted(
    path.stem
    for path in (ROOT / "ebdeploy/management/commands").glob("*.py")
    if path.stem != "__init__"
)
# What Django gives every command.
DJANGO = {
    "--force-color",
    "--help",
    "--no-color",
    "--pythonpath",
    "--settings",
    "--skip-checks",
    "--traceback",
    "--verbosity",
    "--version",
}


def read(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def strings(source: str) -> str:
    """Return the string constants of a module, docstrings and messages included."""
    nodes = ast.walk(ast.parse(source))
    return "\n".join(str(n.value) for n in nodes if isinstance(n, ast.Constant))


def variables(text: str) -> set[str]:
    return set(re.findall(r"\bEBDEPLOY(?:_[A-Z]+)+\b", text))


def check_ids(text: str) -> set[str]:
    return set(re.findall(r"ebdeploy\.[EWI]\d{3}", text))


def options_of(command: str) -> set[str]:
    parser = load_command_class("ebdeploy", command).create_parser("manage.py", command)
    return long_options(parser) - DJANGO


def long_options(parser: argparse.ArgumentParser) -> set[str]:
    return {
        option
        for action in parser._actions
        for option in action.option_strings
        if option.startswith("--")
    }


def section(page: str, heading: str) -> str:
    """Return what stands below a second-level heading that begins with these words."""
    parts = re.split(r"^## ", page, flags=re.MULTILINE)
    return next(part for part in parts if part.startswith(heading))


def dead_links(page: Path) -> list[str]:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text)]
    local = [target for target in targets if target and ":" not in target]
    return [target for target in local if not (page.parent / target).exists()]


def test_every_variable_of_the_code_is_documented_and_no_other():
    files = (ROOT / "ebdeploy").rglob("*.py")
    known = set().union(*(variables(strings(path.read_text(encoding="utf-8"))) for path in files))
    assert variables(read("reference/settings.md")) == known


def test_every_system_check_is_documented_and_no_other():
    known = check_ids((ROOT / "ebdeploy/checks.py").read_text(encoding="utf-8"))
    assert known
    assert check_ids(read("reference/checks.md")) == known


def test_every_command_has_its_heading_and_no_other():
    headings = re.findall(r"^## `(\w+)`$", read("reference/commands.md"), flags=re.MULTILINE)
    assert sorted(headings) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_a_command_is_documented_and_no_other(command: str):
    page = read("reference/commands.md")
    documented = set(re.findall(r"`?(--[a-z][a-z0-9-]*)", section(page, f"`{command}`")))
    if command != "run_sandbox":
        documented |= set(re.findall(r"`(--[a-z-]+)", section(page, "Options that all")))
    assert documented == options_of(command)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path):
    assert dead_links(page) == []


def test_a_dead_link_is_found(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text("[a](page.md#x) [b](gone.md) [c](https://example.com)\n```\n[d](no.md)\n```\n")
    assert dead_links(page) == ["gone.md"]


def test_every_page_is_reached_from_the_index():
    index = read("index.md")
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")} - {"index.md"}
    assert {page for page in pages if f"({page})" not in index} == set()
