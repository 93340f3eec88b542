from __future__ import annotations

from pathlib import Path

import pytest

from ebdeploy.facts import options as eb
from ebdeploy.facts.state import Option, RepositoryOptions
from ebdeploy.provisioning.ebextensions import read_extensions


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("just words", id="not-a-mapping"),
        pytest.param("a: [", id="not-yaml"),
        pytest.param("packages:\n  yum:\n    git: []", id="no-options"),
        pytest.param("option_settings:", id="empty-section"),
        pytest.param("option_settings:\n  ns:", id="empty-namespace"),
    ],
)
def test_a_file_without_options_contributes_nothing(text: str) -> None:
    assert read_extensions({"x.config": text}) == RepositoryOptions()


def test_no_files_are_no_options() -> None:
    assert read_extensions({}) == RepositoryOptions()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("option_settings:\n  ns:\n    key: 200", id="mapping"),
        pytest.param(
            "option_settings:\n- namespace: ns\n  option_name: key\n  value: '200'", id="list"
        ),
    ],
)
def test_both_forms_of_option_settings_are_read(text: str) -> None:
    assert read_extensions({"x.config": text}).options == {Option("ns", "key"): "200"}


def test_a_list_item_without_namespace_is_an_environment_property() -> None:
    text = "option_settings:\n- option_name: KEY\n  value: x"
    assert read_extensions({"x.config": text}).options == {Option(eb.PROPERTIES, "KEY"): "x"}


def test_values_read_as_elastic_beanstalk_sees_them() -> None:
    text = "option_settings:\n  ns: {enabled: true, none: null}"
    found = read_extensions({"x.config": text}).options
    assert found == {Option("ns", "enabled"): "true", Option("ns", "none"): ""}


def test_a_later_file_wins() -> None:
    files = {
        "20.config": "option_settings:\n  ns:\n    key: late",
        "10.config": "option_settings:\n  ns:\n    key: early",
    }
    assert read_extensions(files).options == {Option("ns", "key"): "late"}


def test_unknown_tags_do_not_hide_the_rest() -> None:
    tags = "Resources:\n  A: {B: !Ref C, D: !Join ['', [x]], E: !If {}}"
    text = f"option_settings:\n  ns: {{key: v}}\n{tags}"
    assert read_extensions({"x.config": text}).options == {Option("ns", "key"): "v"}


def test_the_projects_own_files_carry_health_check_and_inert_redirect() -> None:
    folder = Path(__file__).parents[2] / ".ebextensions"
    found = read_extensions({f.name: f.read_text() for f in folder.glob("*.config")})
    assert found.options[eb.HEALTH_PATH] == "/healthz"
    assert found.options[eb.MATCHER] == "200"
    assert found.options[eb.REDIRECT_PATH] == eb.REDIRECT_OFF
    assert found.redirect_rule
