"""Health checks over real sockets, with a fast clock."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from ebdeploy.facts.clock import Clock
from ebdeploy.sandbox.status_log import StatusLog
from tests.sandbox.balancers import (
    GROUP,
    Backend,
    Stage,
    await_that,
    group,
    http_listener,
    staged,
    status,
)

pytestmark = pytest.mark.server


def health(stage: Stage) -> dict[str, Any]:
    (description,) = stage.fleet.target_health(GROUP)
    found: dict[str, Any] = description["TargetHealth"]
    return found


def test_the_check_is_the_one_that_aws_sends(backend: Backend) -> None:
    with staged(http_listener(), targets=group(backend.where, health_path="/healthz")) as stage:
        stage.await_state("healthy")
        method, path, headers, _ = backend.requests[0]
    address, port = backend.where
    assert (method, path) == ("GET", "/healthz")
    assert headers == {
        "host": f"{address}:{port}",
        "user-agent": "ELB-HealthChecker/2.0",
        "connection": "close",
        "accept-encoding": "identity",
    }


@pytest.mark.parametrize("unprivileged", [False, True], ids=["port-80", "mapped-port-80"])
def test_at_port_80_the_host_is_the_bare_address(unprivileged: bool) -> None:
    with staged(http_listener(), targets=group(), unprivileged=unprivileged) as stage:
        address = stage.addresses.instance()
        listening = socket.create_server((address, stage.addresses.port(80)))
        with listening:
            stage.change(target_groups=(group((address, 80)),))
            connection, _ = listening.accept()
            with connection:
                asked = connection.recv(4096)
        assert f"\r\nHost: {address}\r\n".encode() in asked


def test_a_matcher_and_a_path_change_the_verdict_in_both_directions(backend: Backend) -> None:
    backend.answer = status(400)
    with staged(http_listener(), targets=group(backend.where)) as stage:
        stage.await_state("unhealthy")
        assert health(stage) == {
            "State": "unhealthy",
            "Reason": "Target.ResponseCodeMismatch",
            "Description": "Health checks failed with these codes: [400]",
        }
        stage.change(target_groups=(group(backend.where, matcher="200,400"),))
        stage.await_state("healthy")
        assert health(stage) == {"State": "healthy"}
        stage.change(target_groups=(group(backend.where, matcher="200"),))
        stage.await_state("unhealthy")


def test_codes_of_checks_are_counted(backend: Backend) -> None:
    backend.answer = status(400)
    with staged(http_listener(), targets=group(backend.where)) as stage:
        await_that(lambda: sum(code[400] for code in stage.fleet.recent_codes(GROUP).values()) > 1)


def test_a_silent_target_times_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        targets = group(silent.getsockname(), timeout=0.02, unhealthy_threshold=2)
        with staged(http_listener(), targets=targets) as stage:
            assert health(stage)["Reason"] == "Elb.InitialHealthChecking"
            stage.await_state("unhealthy")
            assert health(stage)["Reason"] == "Target.Timeout"
            assert health(stage)["Description"] == "Request timed out"


def test_a_target_that_refuses_fails() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with staged(http_listener(), targets=group(closed.getsockname())) as stage:
            stage.await_state("unhealthy")
            assert health(stage)["Reason"] == "Target.FailedHealthChecks"


def test_a_group_that_no_listener_names_is_unused(backend: Backend) -> None:
    with staged(targets=group(backend.where)) as stage:
        assert health(stage)["State"] == "unused"
        assert backend.requests == []
        stage.change(listeners=(http_listener(),))
        stage.await_state("healthy")
        stage.change(listeners=())
        assert health(stage)["Reason"] == "Target.NotInUse"


def test_a_target_that_comes_back_begins_anew(backend: Backend) -> None:
    with staged(http_listener(), targets=group(backend.where)) as stage:
        stage.await_state("healthy")
        stage.change(target_groups=(group(deregistration_delay=6000.0),))
        assert stage.state() == "draining"
        stage.change(target_groups=(group(backend.where),))
        stage.await_state("healthy")


def test_a_target_that_moves_is_checked_at_its_new_place(backend: Backend) -> None:
    other = Backend()
    try:
        with staged(http_listener(), targets=group(backend.where)) as stage:
            stage.await_state("healthy")
            stage.change(target_groups=(group(other.where),))
            stage.await_state("healthy")
            assert other.requests
    finally:
        other.stop()


def test_an_unknown_group_has_no_health() -> None:
    with staged(http_listener(), targets=group()) as stage:
        assert stage.fleet.target_health("arn:unknown") == []


def test_stopping_cuts_off_a_check_under_way() -> None:
    clock = Clock()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with staged(http_listener(), targets=group(silent.getsockname())):
            connection, _ = silent.accept()
            began = clock.monotonic()
        connection.close()
    assert clock.monotonic() - began < 1


def test_old_answers_are_forgotten() -> None:
    clock = Clock(1000.0)
    log = StatusLog(clock)
    log.record("g", "i-1", 400)
    assert log.recent("g") == {"i-1": {400: 1}}
    clock.sleep(61)
    log.record("g", "i-1", 200)
    assert log.recent("g") == {"i-1": {200: 1}}
