"""The one AWS endpoint of a sandbox: our own services, and moto for everything else.

Comes in: signed HTTP requests on a loopback port. The SigV4 scope says which service and region
is meant; signatures themselves are not verified. Goes out: AWS's answers.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from ebdeploy.sandbox.elbv2 import BalancerRules
from ebdeploy.sandbox.protocol import HttpAnswer, HttpRequest, Service

SCOPE = re.compile(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/aws4_request")
READ_ONLY = ("Describe", "List", "Get", "Head", "Check", "Validate")
UNSIGNED = (
    b"<ErrorResponse><Error><Type>Sender</Type><Code>MissingAuthenticationToken</Code>"
    b"<Message>Request is missing Authentication Token</Message></Error></ErrorResponse>"
)
Start = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Logged:
    """One call: when it came and went (real seconds), and how it ended."""

    service: str
    operation: str
    started: float
    ended: float
    status: int

    @property
    def is_read(self) -> bool:
        """Whether the operation changes nothing."""
        return self.operation.startswith(READ_ONLY)


@dataclass(slots=True)
class CallLog:
    """Every call that reached the gate, in order of its end."""

    calls: list[Logged] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, call: Logged) -> None:
        """Remember a call."""
        with self.lock:
            self.calls.append(call)


class QuietHandler(WSGIRequestHandler):
    """A request handler that keeps connections and logs nothing."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        """Drop the line: the gate keeps its own log."""


class Gate:
    """The WSGI application and its server; ``on_change`` is called after writes to elbv2, ec2."""

    def __init__(
        self, account: str, services: Sequence[Service], rules: BalancerRules, port: int = 0
    ) -> None:
        self._account = account
        self._services = {service.model.signing_name: service for service in services}
        self._rules = rules
        self._moto = _moto_application()
        self.log = CallLog()
        self.on_change: list[Callable[[], None]] = []
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1", port, self.application, threaded=True, request_handler=QuietHandler
        )
        self._server.daemon_threads = True  # type: ignore[attr-defined]  # of ThreadingMixIn
        self._thread = threading.Thread(target=self._server.serve_forever, name="gate", daemon=True)

    @property
    def url(self) -> str:
        """Return the endpoint."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        """Serve."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def application(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        began = time.monotonic()
        request = _read(environ)
        scope = _scope(request)
        if scope is None:
            return _send(HttpAnswer(403, "text/xml", UNSIGNED), start)
        region, name = scope
        if name in self._services:
            operation, answer = self._services[name].answer(request, region)
        else:
            operation, answer = self._forward(environ, request, region, name)
        self.log.add(Logged(name, operation, began, time.monotonic(), answer.status))
        return _send(answer, start)

    def mint(self, region: str, names: Sequence[str]) -> str:
        """Return the ARN of a certificate that moto knows, so that its listeners take it."""
        return self._rules.mint(self._moto, self._account, region, names)

    def _forward(
        self, environ: dict[str, Any], request: HttpRequest, region: str, name: str
    ) -> tuple[str, HttpAnswer]:
        operation = _operation(request)
        if name == "elasticloadbalancing":
            own = self._rules.judge(request, region)
            if own is not None:
                return operation, own
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self._account
        answer = call_wsgi(self._moto, environ)
        changed = not operation.startswith(READ_ONLY) and answer.status < 400
        if changed and name in {"elasticloadbalancing", "ec2"}:
            for listener in self.on_change:
                listener()
        return operation, self._rules.correct(answer, region)


def call_wsgi(application: Any, environ: dict[str, Any]) -> HttpAnswer:
    """Call a WSGI application and return its whole answer."""
    seen: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
        seen["status"], seen["headers"] = int(status.split(maxsplit=1)[0]), headers

    chunks = application(environ, start)
    body = b"".join(chunks)
    headers = {name.lower(): value for name, value in seen["headers"]}
    kept = tuple(
        (name, value)
        for name, value in seen["headers"]
        if name.lower() not in {"content-length", "content-type", "connection", "date", "server"}
    )
    return HttpAnswer(seen["status"], headers.get("content-type", "text/xml"), body, kept)


def _moto_application() -> Any:
    # moto is slow to import, and only a started sandbox needs it.
    server = import_module("moto.server")
    return server.DomainDispatcherApplication(server.create_backend_app)


def _read(environ: dict[str, Any]) -> HttpRequest:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
        body = environ["wsgi.input"].read()
    else:
        body = environ["wsgi.input"].read(length) if length else b""
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(body), str(len(body))
    headers = {
        key[5:].replace("_", "-").lower(): value
        for key, value in environ.items()
        if key.startswith("HTTP_")
    }
    return HttpRequest(
        environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"], headers, body
    )


def _scope(request: HttpRequest) -> tuple[str, str] | None:
    presigned = parse_qs(request.query).get("X-Amz-Credential", [""])[0]
    header = request.headers.get("authorization", "") or f"Credential={presigned}"
    match = SCOPE.search(header)
    return (match[1], match[2]) if match else None


def _operation(request: HttpRequest) -> str:
    target = request.headers.get("x-amz-target", "").rpartition(".")[2]
    if target:
        return target
    action = re.search(rb"(?:^|&)Action=(\w+)", request.body + b"&" + request.query.encode())
    if action:
        return action[1].decode()
    names = {"GET": "GetObject", "HEAD": "HeadObject", "PUT": "PutObject"}
    return names.get(request.method, request.method.title())


def _send(answer: HttpAnswer, start: Start) -> Iterable[bytes]:
    headers = [
        ("Content-Type", answer.content_type),
        ("Content-Length", str(len(answer.body))),
        *answer.headers,
    ]
    start(f"{answer.status} {'OK' if answer.status < 400 else 'Error'}", headers)
    return [answer.body]
