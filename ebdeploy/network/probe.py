"""One HTTP or HTTPS request to one address, TLS verified. I/O: TCP only.

Comes in: ``Request``. Goes out: ``Exchange`` with everything seen. No redirect is followed.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ebdeploy.facts.wire import Exchange, Request, ServedCertificate
from ebdeploy.facts.world import World

PORTS = {"http": 80, "https": 443}
BODY_READ, BODY_KEPT = 64 * 1024, 200
WORKERS = 16
AGENT = "ebdeploy (+https://pypi.org/project/django-ebdeploy/)"


def probe(world: World, request: Request, timeout: float = 10.0) -> Exchange:
    """Make the request to its address and return what was seen; ``timeout`` in seconds."""
    seen = Exchange(request.aim, request.scheme, request.name, request.path, request.address)
    try:
        raw = socket.create_connection(
            (request.address, world.port(PORTS[request.scheme])), timeout
        )
    except TimeoutError:
        return replace(seen, error="timeout", detail=f"no connection within {timeout:.0f} s")
    except OSError as error:
        return replace(seen, error="refused", detail=error.strerror or str(error))
    with raw:
        if request.scheme == "http":
            return _request(seen, raw)
        return _secure(world, seen, raw)


def probe_all(world: World, requests: Iterable[Request]) -> tuple[Exchange, ...]:
    """Make the requests at once; the exchanges stand in their order."""
    with ThreadPoolExecutor(WORKERS) as pool:
        return tuple(pool.map(lambda request: probe(world, request), requests))


def _secure(world: World, seen: Exchange, raw: socket.socket) -> Exchange:
    context = ssl.create_default_context(cafile=world.ca_file)
    try:
        wrapped = context.wrap_socket(raw, server_hostname=seen.name)
    except ssl.SSLCertVerificationError as error:
        return replace(
            seen, error="tls", detail=error.verify_message, verify_code=error.verify_code
        )
    except TimeoutError:
        return replace(seen, error="timeout", detail="no TLS handshake in time")
    except OSError as error:
        reason = getattr(error, "reason", "") or str(error)
        return replace(seen, error="tls", detail=str(reason))
    with wrapped:
        served = _served(wrapped.getpeercert() or {})
        return replace(_request(seen, wrapped), certificate=served)


def _request(seen: Exchange, connected: socket.socket) -> Exchange:
    connection = http.client.HTTPConnection(seen.name)
    connection.sock = connected
    headers = {"Host": seen.name, "User-Agent": AGENT, "Connection": "close"}
    try:
        connection.request("GET", seen.path, headers=headers)
        response = connection.getresponse()
        body = response.read(BODY_READ)
    except TimeoutError:
        return replace(seen, error="timeout", detail="connected, but no answer in time")
    except (OSError, http.client.HTTPException) as error:
        return replace(seen, error="http", detail=str(error) or type(error).__name__)
    return replace(
        seen,
        status=response.status,
        location=response.getheader("Location"),
        headers=tuple((name.lower(), value) for name, value in response.getheaders()),
        body=_printable(body.decode("utf-8", "replace")[:BODY_KEPT]),
    )


def _served(certificate: dict[str, Any]) -> ServedCertificate:
    issuer = dict(pair for parts in certificate.get("issuer", ()) for pair in parts)
    expires = ssl.cert_time_to_seconds(certificate["notAfter"])
    names = certificate.get("subjectAltName", ())
    return ServedCertificate(
        names=tuple(value.lower() for kind, value in names if kind == "DNS"),
        serial=str(certificate.get("serialNumber", "")).lower(),
        not_after=datetime.fromtimestamp(expires, UTC),
        issuer=issuer.get("organizationName") or issuer.get("commonName", ""),
    )


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() or char == "\n" else " " for char in text)
