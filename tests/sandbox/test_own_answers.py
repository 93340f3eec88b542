"""What a load balancer answers itself: redirects, fixed responses, errors."""

from __future__ import annotations

import socket

import pytest

from ebdeploy.sandbox.balancer_config import (
    ActionConfig,
    FixedResponse,
    RedirectConfig,
    RuleConfig,
)
from ebdeploy.sandbox.forwarding import location
from tests.sandbox.balancers import Backend, Stage, group, http_listener, raw

pytestmark = pytest.mark.server
TO_HTTPS = RedirectConfig(301, "HTTPS", "443")


@pytest.mark.parametrize(
    ("redirect", "target", "expected"),
    [
        pytest.param(TO_HTTPS, "/a/b?c=d", "https://h.test/a/b?c=d", id="to-https"),
        pytest.param(TO_HTTPS, "/", "https://h.test/", id="no-query-no-question-mark"),
        pytest.param(RedirectConfig(), "/a?b", "http://h.test/a?b", id="unchanged"),
        pytest.param(RedirectConfig(port="8443"), "/a", "http://h.test:8443/a", id="other-port"),
        pytest.param(
            RedirectConfig(host="www.#{host}", path="/new/#{path}", query="#{protocol}&#{query}"),
            "/a?b=1",
            "http://www.h.test/new/a?http&b=1",
            id="rewritten",
        ),
        pytest.param(RedirectConfig(path="/#{x}"), "/a", "http://h.test/#{x}", id="unknown"),
        pytest.param(TO_HTTPS, "http://x.test/a?b", "https://h.test/a?b", id="absolute-form"),
    ],
)  # fmt: skip
def test_a_redirect_leads(redirect: RedirectConfig, target: str, expected: str) -> None:
    assert location(redirect, "http", "h.test", 80, target) == expected


def use(stage: Stage, action: ActionConfig) -> None:
    stage.change(listeners=(http_listener(default=action),))


@pytest.mark.parametrize(
    ("request_text", "first_line"),
    [
        pytest.param("GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 400 Bad Request", id="no-host"),
        pytest.param("nonsense\r\n\r\n", b"HTTP/1.1 400 Bad Request", id="nonsense"),
        pytest.param(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", b"HTTP/1.1 400 Bad Request",
            id="length-is-no-number",
        ),
        pytest.param(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", b"HTTP/1.1 400 Bad Request",
            id="length-below-zero",
        ),
        pytest.param("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 501", id="unknown-method"),
        pytest.param("GET / HTTP/1.0\r\n\r\n", b"HTTP/1.1 200 OK", id="old-client"),
    ],
)  # fmt: skip
def test_what_is_no_http_is_answered(stage: Stage, request_text: str, first_line: bytes) -> None:
    answer = raw(stage, request_text)
    assert answer.startswith(first_line)
    if b"200" not in first_line:
        assert b"Server: awselb/2.0" in answer
        assert b"Connection: close" in answer


def test_a_redirect_is_the_load_balancers_own_answer(stage: Stage, backend: Backend) -> None:
    use(stage, ActionConfig(redirect=TO_HTTPS))
    answer = stage.ask("/a?b=c", method="POST", body=b"read and dropped", host="a.test:20080")
    assert (answer.status, answer.headers["location"]) == (301, "https://a.test/a?b=c")
    assert answer.headers["server"] == "awselb/2.0"
    assert backend.visits() == []


def test_a_rule_takes_its_paths_and_leaves_the_rest(stage: Stage) -> None:
    redirect = RuleConfig(2, (ActionConfig(redirect=TO_HTTPS),), ("/old*",))
    stage.change(listeners=(http_listener(rules=(redirect,)),))
    assert (stage.ask("/old?x").status, stage.ask("/new?/old").status) == (301, 200)


def test_a_fixed_response_is_given(stage: Stage) -> None:
    use(stage, ActionConfig(fixed_response=FixedResponse(418, "text/plain", "tea")))
    answer = stage.ask()
    assert (answer.status, answer.body, answer.headers["content-type"]) == (
        418, b"tea", "text/plain",
    )  # fmt: skip


def test_without_targets_the_answer_is_503(stage: Stage) -> None:
    stage.change(target_groups=(group(),))
    answer = stage.ask()
    assert (answer.status, answer.headers["server"]) == (503, "awselb/2.0")
    assert b"503 Service Unavailable" in answer.body


def test_a_target_that_refuses_makes_502(stage: Stage) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        stage.change(target_groups=(group(bound.getsockname()),))
        assert stage.ask().status == 502


def test_a_target_that_is_silent_makes_504(stage: Stage) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        stage.change(target_groups=(group(silent.getsockname()),), idle_timeout=0.1)
        assert stage.ask().status == 504
