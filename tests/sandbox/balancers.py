"""Load balancers and targets on loopback, as the tests of the data plane need them."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import trustme

from ebdeploy.facts.clock import Clock
from ebdeploy.sandbox.addresses import Addresses
from ebdeploy.sandbox.balancer import BalancerFleet
from ebdeploy.sandbox.balancer_config import (
    ActionConfig,
    BalancerConfig,
    ListenerConfig,
    TargetGroupConfig,
)
from ebdeploy.sandbox.tls import CertificateMaterial
from tests.sandbox.dns_states import claimed

GROUP = "arn:group"
FORWARD = ActionConfig(target_group_arn=GROUP)
POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"


class Backend(ThreadingHTTPServer):
    """A target: answers with what it was asked, or as ``answer`` says."""

    daemon_threads = False

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.answer: Callable[[Conversation], None] = echo
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        super().__init__((address, 0), Conversation)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def where(self) -> tuple[str, int]:
        return str(self.server_address[0]), int(self.server_address[1])

    def stop(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def visits(self) -> list[tuple[str, str, dict[str, str], bytes]]:
        """Return the requests that are not health checks."""
        return [r for r in self.requests if not r[2]["user-agent"].startswith("ELB-")]


class Conversation(BaseHTTPRequestHandler):
    """One connection to a backend."""

    protocol_version = "HTTP/1.1"
    backend: Backend

    def do(self) -> None:
        assert isinstance(self.server, Backend)
        self.backend = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {"user-agent": ""} | {name.lower(): v for name, v in self.headers.items()}
        self.server.requests.append((self.command, self.path, headers, body))
        self.server.answer(self)

    do_GET = do_HEAD = do_POST = do  # noqa: N815 - http.server's names

    def say(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        pass


def echo(conversation: Conversation) -> None:
    conversation.say(200, conversation.path.encode())


def status(code: int) -> Callable[[Conversation], None]:
    return lambda conversation: conversation.say(code)


@dataclass
class Stage:
    """A fleet with one load balancer, whose configuration a test may change."""

    addresses: Addresses
    config: BalancerConfig
    certificates: dict[str, CertificateMaterial] = field(default_factory=dict)
    fleet: BalancerFleet = field(init=False)

    @contextmanager
    def running(self, scale: float) -> Iterator[Stage]:
        self.fleet = BalancerFleet(
            self.addresses, Clock(scale), self.certificates.get, lambda: [self.config]
        )
        self.fleet.start()
        try:
            yield self
        finally:
            self.fleet.stop()

    def change(self, **changes: Any) -> None:
        self.config = replace(self.config, **changes)
        self.fleet.refresh()

    def state(self) -> str:
        """Return the state of the only target."""
        (description,) = self.fleet.target_health(GROUP)
        return str(description["TargetHealth"]["State"])

    def await_state(self, wanted: str) -> None:
        await_that(lambda: self.state() == wanted)

    def connect(
        self, port: int = 80, tls: ssl.SSLContext | None = None
    ) -> http.client.HTTPConnection:
        where = (self.config.address, self.addresses.port(port))
        if tls is None:
            return http.client.HTTPConnection(*where, timeout=5)
        return http.client.HTTPSConnection(*where, timeout=5, context=tls)

    def ask(
        self,
        path: str = "/",
        *,
        method: str = "GET",
        host: str = "www.example.com",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        port: int = 80,
    ) -> Answer:
        connection = self.connect(port)
        connection.request(method, path, body, {"Host": host, **(headers or {})})
        return answer_of(connection)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def answer_of(connection: http.client.HTTPConnection) -> Answer:
    """Read the answer and close the connection."""
    response = connection.getresponse()
    headers = {name.lower(): value for name, value in response.getheaders()}
    answer = Answer(response.status, headers, response.read())
    connection.close()
    return answer


def await_that(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    clock = Clock()
    deadline = clock.monotonic() + seconds
    while not condition():
        assert clock.monotonic() < deadline, "waited in vain"
        clock.sleep(0.005)


def http_listener(
    *, port: int = 80, default: ActionConfig = FORWARD, **more: Any
) -> ListenerConfig:
    return ListenerConfig(f"arn:{port}", port, "HTTP", (default,), **more)


def https_listener(*certificates: str, policy: str = POLICY, **more: Any) -> ListenerConfig:
    return ListenerConfig(
        "arn:443",
        443,
        "HTTPS",
        (FORWARD,),
        certificate_arns=certificates,
        ssl_policy=policy,
        **more,
    )


def group(*where: tuple[str, int], **more: Any) -> TargetGroupConfig:
    targets = {f"i-{number}": each for number, each in enumerate(where)}
    return TargetGroupConfig(GROUP, targets, **more)


@contextmanager
def staged(
    *listeners: ListenerConfig,
    targets: TargetGroupConfig,
    certificates: dict[str, CertificateMaterial] | None = None,
    scale: float = 300.0,
    unprivileged: bool = False,
    **more: Any,
) -> Iterator[Stage]:
    with claimed(unprivileged=unprivileged) as addresses:
        config = BalancerConfig(
            "arn:lb", "lb.test", addresses.balancer(), listeners, (targets,), **more
        )
        with Stage(addresses, config, certificates or {}).running(scale) as stage:
            yield stage


def material(authority: trustme.CA, *names: str) -> CertificateMaterial:
    issued = authority.issue_cert(*names)
    chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
    return CertificateMaterial(chain, issued.private_key_pem.bytes())


AUTHORITY = trustme.CA()
CERTIFICATES = {name: material(AUTHORITY, name) for name in ("a.test", "b.test")}


def reachable(stage: Stage, port: int) -> bool:
    try:
        socket.create_connection((stage.config.address, stage.addresses.port(port)), 1).close()
    except ConnectionRefusedError:
        return False
    return True


def raw(stage: Stage, request: str) -> bytes:
    """Send bytes and return all that comes until the load balancer closes."""
    where = (stage.config.address, stage.addresses.port(80))
    with socket.create_connection(where, 5) as stream:
        stream.sendall(request.encode("latin-1"))
        content = b""
        while part := stream.recv(4096):
            content += part
    return content
