from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from ebdeploy.facts.wire import Exchange, Request
from ebdeploy.facts.world import World
from ebdeploy.network.probe import probe, probe_all

pytestmark = pytest.mark.server
CA = trustme.CA()


class Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f"hello \x1b[31m{self.headers['Host']}".encode()
        self.send_response(301 if self.path == "/moved" else 200)
        self.send_header("Location", "https://www.example.com/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""


@contextmanager
def serving(names: tuple[str, ...] = ()) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a refused handshake is the test
    if names:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        CA.issue_cert(*names).configure_cert(context)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask(scheme: str, port: int, path: str = "/", ca: Path | None = None) -> Exchange:
    world = World(ports={80: port, 443: port}, ca_file=str(ca) if ca else None)
    request = Request("site", scheme, "www.example.com", path, "127.0.0.1")
    return probe(world, request, timeout=2)


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    CA.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return tmp_path / "ca.pem"


def test_a_page_is_seen_with_its_name_and_without_escapes() -> None:
    with serving() as port:
        seen = ask("http", port)
    assert (seen.status, seen.error) == (200, "")
    assert seen.body == "hello  [31mwww.example.com"
    assert seen.serves


def test_a_redirect_is_not_followed() -> None:
    with serving() as port:
        seen = ask("http", port, "/moved")
    assert (seen.status, seen.location) == (301, "https://www.example.com/")


def test_a_verified_certificate_is_kept(ca: Path) -> None:
    with serving(("www.example.com",)) as port:
        seen = ask("https", port, ca=ca)
    assert seen.status == 200, seen
    assert seen.certificate is not None
    assert seen.certificate.names == ("www.example.com",)


@pytest.mark.parametrize(
    ("names", "trusted", "code"),
    [
        pytest.param(("other.example.com",), True, 62, id="other-name"),
        pytest.param(("www.example.com",), False, 20, id="unknown-issuer"),
    ],
)
def test_a_bad_certificate_gives_openssls_code(
    ca: Path, names: tuple[str, ...], trusted: bool, code: int
) -> None:
    with serving(names) as port:
        seen = ask("https", port, ca=ca if trusted else None)
    assert (seen.error, seen.verify_code) == ("tls", code)


def test_plain_http_on_the_secure_port_is_a_tls_error(ca: Path) -> None:
    with serving() as port:
        seen = ask("https", port, ca=ca)
    assert seen.error == "tls"


def test_a_closed_port_is_refused_and_order_is_kept() -> None:
    world = World(ports={80: 9})
    requests = [Request("site", "http", n, "/", "127.0.0.1") for n in ("a.example", "b.example")]
    first, second = probe_all(world, requests)
    assert (first.name, second.name) == ("a.example", "b.example")
    assert first.port_is_closed
    assert not first.serves
