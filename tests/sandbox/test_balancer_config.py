"""Which rule is meant, and what a matcher takes: pure."""

from __future__ import annotations

import pytest

from ebdeploy.sandbox.balancer_config import (
    ActionConfig,
    ListenerConfig,
    RuleConfig,
    TargetGroupConfig,
)


@pytest.mark.parametrize(
    ("paths", "hosts", "host", "path", "expected"),
    [
        pytest.param((), (), "any.test", "/", True, id="nothing-asked"),
        pytest.param(("/*",), (), "any.test", "/a/b", True, id="asterisk-takes-slashes"),
        pytest.param(("/a", "/b"), (), "any.test", "/b", True, id="one-of-several"),
        pytest.param(("/a?c",), (), "any.test", "/abc", True, id="question-mark"),
        pytest.param(("/a?c",), (), "any.test", "/ac", False, id="question-mark-is-one"),
        pytest.param(("/a.c",), (), "any.test", "/abc", False, id="a-dot-is-a-dot"),
        pytest.param(("/A",), (), "any.test", "/a", False, id="paths-with-case"),
        pytest.param((), ("*.Example.com",), "WWW.example.com", "/", True, id="hosts-without-case"),
        pytest.param((), ("*.example.com",), "example.com", "/", False, id="other-host"),
        pytest.param(("/a",), ("a.test",), "a.test", "/b", False, id="both-must-match"),
    ],
)
def test_a_rule_matches(
    paths: tuple[str, ...], hosts: tuple[str, ...], host: str, path: str, expected: bool
) -> None:
    assert RuleConfig(1, (), paths, hosts).matches(host, path) == expected


def forward(name: str) -> tuple[ActionConfig, ...]:
    return (ActionConfig(target_group_arn=name),)


def test_the_smallest_priority_wins_and_the_default_is_last() -> None:
    rules = (RuleConfig(9, forward("nine"), ("/a*",)), RuleConfig(2, forward("two"), ("/ab",)))
    listener = ListenerConfig("arn", 80, "HTTP", forward("default"), rules)
    chosen = [listener.action_for("h", path).target_group_arn for path in ("/ab", "/ac", "/b")]
    assert chosen == ["two", "nine", "default"]
    assert listener.target_groups() == {"two", "nine", "default"}


@pytest.mark.parametrize(
    ("matcher", "accepted", "refused"),
    [
        pytest.param("200", (200,), (201, 400), id="one"),
        pytest.param("200,400", (200, 400), (300,), id="list"),
        pytest.param("200-299", (200, 250, 299), (199, 300), id="range"),
        pytest.param("200-204, 301", (203, 301), (205,), id="both"),
        pytest.param("nonsense", (), (200,), id="nonsense"),
    ],
)
def test_a_matcher_takes(matcher: str, accepted: tuple[int, ...], refused: tuple[int, ...]) -> None:
    group = TargetGroupConfig("arn", matcher=matcher)
    assert all(group.accepts(status) for status in accepted)
    assert not any(group.accepts(status) for status in refused)
