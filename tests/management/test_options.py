from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from ebdeploy.facts.errors import BadName, NoNames
from ebdeploy.management.options import Target, duration, find_names, find_target, read_eb_cli

NOWHERE = Target(None, None, None, None)
CONFIG = """
branch-defaults:
  default: {environment: from-file}
global:
  application_name: mysite
  default_region: eu-west-1
  profile: work
"""


def eb_cli(folder: Path, text: str = CONFIG) -> Path:
    (folder / ".elasticbeanstalk").mkdir()
    (folder / ".elasticbeanstalk" / "config.yml").write_text(text)
    return folder


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("90", 90), ("90s", 90), ("15m", 900), ("2h", 7200), ("72h", 259200)],
)
def test_durations_have_units(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-1", "1d", "73h", "1.5h"])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        duration(text)


def test_without_any_hint_nothing_is_known(tmp_path: Path) -> None:
    assert find_target({}, {}, tmp_path, NOWHERE) == NOWHERE


def test_the_eb_clis_file_is_the_last_resort(tmp_path: Path) -> None:
    found = find_target({}, {}, eb_cli(tmp_path), NOWHERE)
    assert found == Target("from-file", "mysite", "eu-west-1", "work")


def test_option_beats_variable_beats_world_beats_file(tmp_path: Path) -> None:
    folder = eb_cli(tmp_path)
    world = Target("from-world", None, None, None)
    variables = {"EBDEPLOY_ENVIRONMENT": "from-variable"}
    option = {"environment": "from-option"}
    assert find_target(option, variables, folder, world).environment == "from-option"
    assert find_target({}, variables, folder, world).environment == "from-variable"
    assert find_target({}, {}, folder, world).environment == "from-world"


@pytest.mark.parametrize("text", ["", "a: [", "global: {}"])
def test_a_file_of_the_eb_cli_that_says_nothing_is_no_error(tmp_path: Path, text: str) -> None:
    assert read_eb_cli(eb_cli(tmp_path, text)) == NOWHERE


def test_names_come_from_the_command_line_first(settings: object) -> None:
    settings.EBDEPLOY_SITES = {"e": ["example.com"]}  # type: ignore[attr-defined]  # pytest-django's fixture
    assert find_names(["www.example.com"], "e") == ("www.example.com",)
    assert find_names([], "e") == ("example.com",)


def test_an_environment_without_names_is_a_usage_error() -> None:
    with pytest.raises(NoNames) as caught:
        find_names([], "e")
    assert caught.value.exit_code == 2


def test_a_bad_name_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(BadName):
        find_names(["https://example.com"], None)
