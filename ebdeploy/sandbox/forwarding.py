"""How an application load balancer treats one request: rule, redirect, forward, own answer.

HTTP/1.1 only, no WebSockets. Every request opens a new connection to its target.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import ssl
import string
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, cast
from urllib.parse import quote, urlsplit

from ebdeploy.sandbox.balancer_config import ActionConfig, FixedResponse, RedirectConfig
from ebdeploy.sandbox.bodies import BadBody, copy_body, read_body
from ebdeploy.sandbox.listener import ListenerServer, Served
from ebdeploy.sandbox.target_health import Target

DEFAULT_PORTS = {("http", "80"), ("https", "443")}
SET_ANEW = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "te",
        "transfer-encoding",
        "upgrade",
        "x-forwarded-for",
        "x-forwarded-port",
        "x-forwarded-proto",
    }
)
NOT_RELAYED = frozenset({"connection", "keep-alive", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Routes:
    """The fleet's side: the next target of a group, who hears of its answer, its real port."""

    choose: Callable[[str], Target | None]
    record: Callable[[Target, int], None]
    real_port: Callable[[int], int]


def location(redirect: RedirectConfig, protocol: str, host: str, port: int, target: str) -> str:
    """Return where a redirect leads; the default port of a protocol is left out."""
    parts = urlsplit(target)
    values = {
        "protocol": protocol,
        "host": host,
        "port": str(port),
        "path": parts.path.removeprefix("/"),
        "query": parts.query,
    }

    def fill(template: str) -> str:
        return re.sub(r"#\{(\w+)\}", lambda found: values.get(found[1], found[0]), template)

    scheme, to_port = fill(redirect.protocol).lower(), fill(redirect.port)
    shown = "" if (scheme, to_port) in DEFAULT_PORTS else f":{to_port}"
    query = fill(redirect.query)
    return f"{scheme}://{fill(redirect.host)}{shown}{fill(redirect.path)}" + (
        f"?{query}" if query else ""
    )


class Forwarder(BaseHTTPRequestHandler):
    """One client connection; the listener's present configuration is read at each request."""

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # whoever names none gets headers all the same
    disable_nagle_algorithm = True  # headers and body are written apart

    def __init__(self, routes: Routes, *arguments: Any) -> None:
        self._routes = routes
        super().__init__(*arguments)

    @property
    def _listener(self) -> ListenerServer:
        return cast("ListenerServer", self.server)

    def handle(self) -> None:
        """Treat request after request, until the client or the listener ends it."""
        self.close_connection = False
        while not self.close_connection and not self._listener.ending and self._has_more():
            with self._listener.busy(self.connection):
                self.handle_one_request()

    def version_string(self) -> str:
        """Return the Server header of the load balancer's own answers."""
        return "awselb/2.0"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Log nothing."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a request that is no HTTP as the load balancer does."""
        self.close_connection = True
        self._page(code)

    def end_headers(self) -> None:
        """Tell the client when this was the last answer."""
        if self._listener.ending or self.close_connection:
            self.send_header("Connection", "close")
        super().end_headers()

    def answer(self) -> None:
        """Treat one request, whatever its method."""
        served = self._listener.served
        given = self.headers.get("Host")
        if given is None and self.request_version != "HTTP/1.0":
            self.send_error(400)
            return
        try:
            body = read_body(self.headers, self.rfile)
        except BadBody:
            self.send_error(400)
            return
        host = re.sub(r":\d+$", "", given or str(self.connection.getsockname()[0]))
        action = served.listener.action_for(host, urlsplit(self.path).path)
        self._act(action, served, host, body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer  # noqa: N815 - http.server's names

    def _has_more(self) -> bool:
        try:
            # Reads from the socket only where nothing is buffered yet.
            return bool(self.rfile.peek(1))  # type: ignore[attr-defined]  # a BufferedReader
        except OSError:
            return False

    def _act(self, action: ActionConfig, served: Served, host: str, body: bytes | None) -> None:
        port = served.listener.port
        if action.redirect is not None:
            goal = location(action.redirect, self._protocol(), host, port, self.path)
            self._answer_self(action.redirect.status, "text/html", b"", ("Location", goal))
        elif action.fixed_response is not None:
            self._answer_fixed(action.fixed_response)
        else:
            target = self._routes.choose(action.target_group_arn)
            if target is None:
                self._page(503)
            else:
                self._forward(target, served, host, body)

    def _protocol(self) -> str:
        return "https" if isinstance(self.connection, ssl.SSLSocket) else "http"

    def _forward(self, target: Target, served: Served, host: str, body: bytes | None) -> None:
        connection = http.client.HTTPConnection(
            target.address, self._routes.real_port(target.port), timeout=served.idle_timeout
        )
        try:
            self._ask(connection, served.listener.port, host, body)
            answer = connection.getresponse()
        except TimeoutError:
            self._page(504)
        except (OSError, http.client.HTTPException):
            self._page(502)
        else:
            self._routes.record(target, answer.status)
            self._relay(answer)
        finally:
            connection.close()

    def _ask(
        self, connection: http.client.HTTPConnection, port: int, host: str, body: bytes | None
    ) -> None:
        path = quote(self.path, safe=string.punctuation, encoding="latin-1")
        connection.putrequest(self.command, path, skip_host=True, skip_accept_encoding=True)
        given = self.headers.get("Host", "")
        connection.putheader("Host", host if port in {80, 443} or not given else given)
        for name, value in self.headers.items():
            if name.lower() not in SET_ANEW:
                connection.putheader(name, value)
        before = self.headers.get_all("X-Forwarded-For", [])
        connection.putheader("X-Forwarded-For", ", ".join([*before, self.client_address[0]]))
        connection.putheader("X-Forwarded-Proto", self._protocol())
        connection.putheader("X-Forwarded-Port", str(port))
        connection.putheader("Connection", "close")
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)

    def _relay(self, answer: http.client.HTTPResponse) -> None:
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in NOT_RELAYED:
                self.send_header(name, value)
        bodiless = self.command == "HEAD" or answer.status in {204, 304}
        chunked = not bodiless and answer.length is None and self.request_version != "HTTP/1.0"
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif not bodiless and answer.length is None:
            self.close_connection = True
        self.end_headers()
        if not copy_body(answer, self.wfile, chunked=chunked):
            self.close_connection = True

    def _answer_fixed(self, fixed: FixedResponse) -> None:
        self._answer_self(fixed.status, fixed.content_type, fixed.body.encode())

    def _page(self, status: int) -> None:
        words = f"{status} {HTTPStatus(status).phrase}"
        page = f"<html>\r\n<head><title>{words}</title></head>\r\n</html>\r\n"
        self._answer_self(status, "text/html", page.encode())

    def _answer_self(
        self, status: int, content_type: str, body: bytes, *headers: tuple[str, str]
    ) -> None:
        with contextlib.suppress(OSError):
            self.send_response(status)
            fields = (("Content-Type", content_type), ("Content-Length", str(len(body))))
            for name, value in (*fields, *headers):
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)
