"""HTTPS listeners: certificates by SNI, swapped in place, and ports that never show."""

from __future__ import annotations

import http.client
import socket
import ssl
from typing import Any

import pytest

from ebdeploy.sandbox.balancer_config import ActionConfig, RedirectConfig, RuleConfig
from tests.sandbox.balancers import (
    AUTHORITY,
    CERTIFICATES,
    Backend,
    Stage,
    answer_of,
    group,
    http_listener,
    https_listener,
    material,
    reachable,
    staged,
)

pytestmark = pytest.mark.server


def client_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


def certificate_names(stage: Stage, name: str) -> list[str]:
    """Return the names of the certificate that is shown for a server name, verified."""
    where = (stage.config.address, stage.addresses.port(443))
    with (
        socket.create_connection(where, 5) as plain,
        client_context().wrap_socket(plain, server_hostname=name) as secured,
    ):
        shown = secured.getpeercert()
    assert shown is not None
    names: Any = shown["subjectAltName"]
    return [value for _, value in names]


def ask_https(stage: Stage, host: str) -> int:
    name = host.partition(":")[0]
    where = (stage.config.address, stage.addresses.port(443))
    with socket.create_connection(where, 5) as plain:
        connection = http.client.HTTPConnection(*where)
        connection.sock = client_context().wrap_socket(plain, server_hostname=name)
        connection.request("GET", "/", headers={"Host": host})
        return answer_of(connection).status


def test_https_without_a_known_certificate_is_not_listened_on(stage: Stage) -> None:
    stage.change(listeners=(https_listener("unknown.test"),))
    assert not reachable(stage, 443)


def test_tls_tells_the_target_and_shows_the_certificate_that_sni_asks_for(
    stage: Stage, backend: Backend
) -> None:
    stage.change(listeners=(https_listener("a.test", "b.test"),))
    assert certificate_names(stage, "a.test") == ["a.test"]
    assert certificate_names(stage, "b.test") == ["b.test"]
    assert ask_https(stage, "b.test") == 200
    seen = backend.visits()[0][2]
    assert (seen["x-forwarded-proto"], seen["x-forwarded-port"]) == ("https", "443")


def test_a_certificate_is_swapped_in_place(stage: Stage) -> None:
    stage.change(listeners=(https_listener("a.test"),))
    held = stage.connect(443, client_of_any_name())
    held.request("GET", "/")
    assert held.getresponse().read() == b"/"
    stage.change(listeners=(https_listener("b.test"),))
    held.request("GET", "/again")
    assert held.getresponse().read() == b"/again"
    held.close()
    assert certificate_names(stage, "b.test") == ["b.test"]


def client_of_any_name() -> ssl.SSLContext:
    context = client_context()
    context.check_hostname = False
    return context


def test_a_renewed_certificate_under_the_same_arn_is_shown(stage: Stage) -> None:
    stage.change(listeners=(https_listener("a.test"),))
    stage.certificates["a.test"] = material(AUTHORITY, "a.test", "new.test")
    stage.fleet.refresh()
    assert certificate_names(stage, "a.test") == ["a.test", "new.test"]


def test_a_client_that_speaks_no_tls_is_dropped_and_others_are_served(stage: Stage) -> None:
    stage.change(listeners=(https_listener("a.test"),))
    where = (stage.config.address, stage.addresses.port(443))
    with socket.create_connection(where, 5) as silent, socket.create_connection(where, 5) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
        while plain.recv(4096):
            pass
        assert ask_https(stage, "a.test") == 200
        silent.close()


def test_mapped_ports_never_show(backend: Backend) -> None:
    to_https = ActionConfig(redirect=RedirectConfig(301, "HTTPS", "443"))
    rules = (RuleConfig(1, (to_https,), ("/old",)),)
    listeners = (http_listener(rules=rules), https_listener("a.test"))
    with staged(
        *listeners, targets=group(backend.where), certificates=CERTIFICATES, unprivileged=True
    ) as stage:
        assert stage.addresses.port(443) != 443
        assert ask_https(stage, f"a.test:{stage.addresses.port(443)}") == 200
        seen = backend.visits()[0][2]
        assert (seen["host"], seen["x-forwarded-port"]) == ("a.test", "443")
        answer = stage.ask("/old", host=f"a.test:{stage.addresses.port(80)}")
        assert answer.headers["location"] == "https://a.test/old"
