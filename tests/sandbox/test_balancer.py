"""A fleet that changes while it serves: no request may fail."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ebdeploy.facts.clock import Clock
from ebdeploy.sandbox.balancer_config import ActionConfig, RedirectConfig, RuleConfig
from tests.sandbox.balancers import (
    GROUP,
    Backend,
    Conversation,
    Stage,
    answer_of,
    await_that,
    echo,
    group,
    http_listener,
    https_listener,
    reachable,
    staged,
    status,
)

pytestmark = pytest.mark.server


def test_refresh_without_a_change_changes_nothing(stage: Stage) -> None:
    stage.fleet.refresh()
    assert stage.ask().status == 200


def test_a_listener_appears_and_vanishes(stage: Stage) -> None:
    assert not reachable(stage, 443)
    stage.change(listeners=(http_listener(), https_listener("a.test")))
    assert reachable(stage, 443)
    stage.change(listeners=(http_listener(),))
    assert not reachable(stage, 443)
    assert stage.ask().status == 200


def test_a_port_that_the_security_group_closes_is_not_reachable(stage: Stage) -> None:
    listeners = (http_listener(), https_listener("a.test"))
    stage.change(listeners=listeners, open_ports=frozenset({80}))
    assert not reachable(stage, 443)
    stage.change(open_ports=frozenset({80, 443}))
    assert reachable(stage, 443)


class Hammer:
    """A client that asks without a pause; ``failures`` holds whatever was not a 200."""

    def __init__(self, stage: Stage, *, fresh: bool) -> None:
        self.failures: list[str] = []
        self.asked = 0
        self._stage, self._fresh = stage, fresh
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        connection = self._stage.connect()
        while not self._done.is_set():
            try:
                connection.request("GET", "/")
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    self.failures.append(str(answer.status))
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
            self.asked += 1
            if self._fresh:
                connection.close()
        connection.close()


@contextmanager
def hammered(stage: Stage, *, fresh: bool) -> Iterator[list[str]]:
    """Ask from two threads, before, during and after what is done; give all failures."""
    failures: list[str] = []
    hammers = [Hammer(stage, fresh=fresh) for _ in range(2)]
    try:
        await_that(lambda: min(hammer.asked for hammer in hammers) > 5)
        yield failures
        before = [hammer.asked for hammer in hammers]
        await_that(lambda: all(h.asked > b + 5 for h, b in zip(hammers, before, strict=True)))
    finally:
        for hammer in hammers:
            hammer.stop()
            failures += hammer.failures


@pytest.mark.parametrize("fresh", [True, False], ids=["new-connections", "kept-connections"])
def test_no_request_fails_while_everything_changes(
    stage: Stage, backend: Backend, fresh: bool
) -> None:
    redirect = RuleConfig(2, (ActionConfig(redirect=RedirectConfig(301, "HTTPS", "443")),), ("/x",))
    other = Backend()
    try:
        with hammered(stage, fresh=fresh) as failures:
            for _ in range(5):
                stage.change(listeners=(http_listener(), https_listener("a.test")))
                stage.change(
                    listeners=(http_listener(rules=(redirect,)), https_listener("b.test", "a.test"))
                )
                stage.change(target_groups=(group(other.where, backend.where, matcher="200,400"),))
                stage.change(target_groups=(group(backend.where),))
                stage.change(listeners=(http_listener(),))
        assert failures == []
    finally:
        other.stop()


def test_a_removed_target_finishes_its_requests_and_drains(stage: Stage, backend: Backend) -> None:
    release, reached = threading.Event(), threading.Event()

    def slow(conversation: Conversation) -> None:
        if conversation.path == "/slow":
            reached.set()
            release.wait(5)
        echo(conversation)

    backend.answer = slow
    connection = stage.connect()
    connection.request("GET", "/slow")
    assert reached.wait(5)
    stage.change(target_groups=(group(deregistration_delay=60.0),))
    assert stage.ask().status == 503
    (draining,) = stage.fleet.target_health(GROUP)
    assert draining["TargetHealth"]["State"] == "draining"
    release.set()
    assert answer_of(connection).body == b"/slow"
    await_that(lambda: stage.fleet.target_health(GROUP) == [])


def test_a_removed_listener_finishes_its_requests(stage: Stage, backend: Backend) -> None:
    release, reached = threading.Event(), threading.Event()

    def slow(conversation: Conversation) -> None:
        if conversation.path == "/slow":
            reached.set()
            release.wait(5)
        echo(conversation)

    backend.answer = slow
    connection, idle = stage.connect(), stage.connect()
    idle.request("GET", "/")
    assert idle.getresponse().read() == b"/"
    connection.request("GET", "/slow")
    assert reached.wait(5)
    stage.change(listeners=())
    assert idle.sock.recv(1) == b""
    idle.close()
    release.set()
    answer = answer_of(connection)
    assert (answer.body, answer.headers["connection"]) == (b"/slow", "close")


def test_stopping_cuts_off_what_does_not_end(backend: Backend) -> None:
    release, reached = threading.Event(), threading.Event()

    def endless(conversation: Conversation) -> None:
        reached.set()
        release.wait(10)
        echo(conversation)

    clock = Clock()
    with staged(http_listener(), targets=group(backend.where)) as stage:
        backend.answer = endless
        connection = stage.connect()
        connection.request("GET", "/")
        assert reached.wait(5)
        threading.Timer(1.0, release.set).start()
        began = clock.monotonic()
    assert clock.monotonic() - began < 4
    stage.fleet.refresh()  # too late: nothing opens again
    assert not reachable(stage, 80)
    connection.close()


def test_all_targets_unhealthy_all_are_asked(stage: Stage, backend: Backend) -> None:
    backend.answer = status(400)
    stage.await_state("unhealthy")
    assert stage.ask().status == 400


def test_a_healthy_target_gets_all_requests(stage: Stage, backend: Backend) -> None:
    sick = Backend()
    sick.answer = status(500)
    try:
        stage.change(target_groups=(group(backend.where, sick.where),))
        await_that(lambda: states(stage) == ["healthy", "unhealthy"])
        for _ in range(4):
            assert stage.ask().status == 200
        assert sick.visits() == []
    finally:
        sick.stop()


def states(stage: Stage) -> list[str]:
    return [each["TargetHealth"]["State"] for each in stage.fleet.target_health(GROUP)]
