"""The bodies of requests and answers as they pass through the load balancer (RFC 9112)."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from email.message import Message
from io import BufferedIOBase

PART = 65536
LINE = 4096


class BadBody(ValueError):
    """The request's framing is not HTTP."""


def read_body(headers: Message, stream: BufferedIOBase) -> bytes | None:
    """Return a request's whole body, None without one; BadBody for a broken framing."""
    if headers.get("Transfer-Encoding", "").strip().lower() == "chunked":
        return b"".join(_chunks(stream))
    length = headers.get("Content-Length")
    return None if length is None else stream.read(_number(length, 10))


def copy_body(answer: http.client.HTTPResponse, stream: BufferedIOBase, *, chunked: bool) -> bool:
    """Pass on the answer's body part by part; False when it broke off."""
    try:
        while part := answer.read1(PART):
            stream.write(b"%x\r\n%b\r\n" % (len(part), part) if chunked else part)
        if chunked:
            stream.write(b"0\r\n\r\n")
    except (OSError, http.client.HTTPException):
        return False
    return not answer.length


def _chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    while size := _number(stream.readline(LINE).split(b";")[0].decode("latin-1"), 16):
        yield stream.read(size)
        stream.readline(LINE)
    while stream.readline(LINE).strip():
        pass  # trailers


def _number(text: str, base: int) -> int:
    try:
        number = int(text, base)
    except ValueError as error:
        raise BadBody(text) from error
    if number < 0:
        raise BadBody(text)
    return number
