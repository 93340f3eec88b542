"""What a load balancer does with one request, over real sockets."""

from __future__ import annotations

import pytest

from tests.sandbox.balancers import (
    FORWARD,
    Backend,
    Conversation,
    Stage,
    answer_of,
    group,
    http_listener,
    raw,
    status,
)

pytestmark = pytest.mark.server


def test_a_request_reaches_the_target_with_the_clients_host(stage: Stage, backend: Backend) -> None:
    headers = {"Cookie": "a=1", "X-Forwarded-Proto": "https", "X-Forwarded-Port": "1"}
    answer = stage.ask("/a%20b?c=d", method="POST", body=b"body", headers=headers)
    assert (answer.status, answer.body) == (200, b"/a%20b?c=d")
    ((method, path, seen, body),) = backend.visits()
    assert (method, path, body) == ("POST", "/a%20b?c=d", b"body")
    assert seen["host"] == "www.example.com"
    assert seen["cookie"] == "a=1"
    assert (seen["x-forwarded-proto"], seen["x-forwarded-port"]) == ("http", "80")
    assert seen["x-forwarded-for"] == "127.0.0.1"
    assert seen["connection"] == "close"


@pytest.mark.parametrize(
    ("host", "seen"),
    [
        pytest.param("www.example.com:80", "www.example.com", id="well-known-port"),
        pytest.param("www.example.com:20080", "www.example.com", id="mapped-port"),
    ],
)
def test_the_hosts_port_is_not_passed_on(
    stage: Stage, backend: Backend, host: str, seen: str
) -> None:
    stage.ask(host=host)
    assert backend.visits()[0][2]["host"] == seen


@pytest.mark.parametrize(
    ("host", "seen"),
    [("a.test:8080", "a.test:8080"), ("a.test", "a.test")],
    ids=["with", "without"],
)
def test_at_another_port_the_host_passes_as_it_is(
    stage: Stage, backend: Backend, host: str, seen: str
) -> None:
    listeners = (http_listener(port=8080),)
    stage.change(listeners=listeners, open_ports=frozenset({8080}))
    assert stage.ask(host=host, port=8080).status == 200
    assert backend.visits()[0][2]["host"] == seen
    assert backend.visits()[0][2]["x-forwarded-port"] == "8080"


def test_forwarded_for_is_appended(stage: Stage, backend: Backend) -> None:
    stage.ask(headers={"X-Forwarded-For": "203.0.113.9"})
    assert backend.visits()[0][2]["x-forwarded-for"] == "203.0.113.9, 127.0.0.1"


def test_the_targets_answer_passes_whole(stage: Stage, backend: Backend) -> None:
    def answer(conversation: Conversation) -> None:
        conversation.send_response(404, "Not here")
        for value in ("a=1", "b=2"):
            conversation.send_header("Set-Cookie", value)
        conversation.send_header("Content-Length", "4")
        conversation.end_headers()
        conversation.wfile.write(b"gone")

    backend.answer = answer
    connection = stage.connect()
    connection.request("GET", "/")
    response = connection.getresponse()
    assert (response.status, response.reason, response.read()) == (404, "Not here", b"gone")
    assert response.headers.get_all("Set-Cookie") == ["a=1", "b=2"]
    assert "awselb" not in response.headers["Server"]
    connection.close()


def test_head_has_a_length_and_no_body(stage: Stage) -> None:
    answer = stage.ask("/four", method="HEAD")
    assert (answer.headers["content-length"], answer.body) == ("5", b"")


def unframed(conversation: Conversation) -> None:
    conversation.close_connection = True
    conversation.send_response(200)
    conversation.end_headers()
    conversation.wfile.write(b"until the end")


def chunked(conversation: Conversation) -> None:
    conversation.send_response(200)
    conversation.send_header("Transfer-Encoding", "chunked")
    conversation.end_headers()
    conversation.wfile.write(b"5\r\nuntil\r\n8\r\n the end\r\n0\r\n\r\n")


@pytest.mark.parametrize("way", [unframed, chunked])
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_an_answer_of_unknown_length_passes(
    stage: Stage, backend: Backend, way: object, version: str
) -> None:
    backend.answer = way  # type: ignore[assignment]  # a row of the table
    answer = raw(stage, f"GET / HTTP/{version}\r\nHost: a.test\r\nConnection: close\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    whole = b"until the end" if version == "1.0" else None
    assert head.startswith(b"HTTP/1.1 200")
    assert body == whole or (b"Transfer-Encoding: chunked" in head and body.endswith(b"0\r\n\r\n"))


def test_a_chunked_body_arrives_whole(stage: Stage, backend: Backend) -> None:
    raw(
        stage,
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: z\r\n\r\n",
    )
    assert backend.visits()[0][3] == b"abcde"


def test_bytes_beyond_ascii_are_quoted_for_the_target(stage: Stage, backend: Backend) -> None:
    raw(stage, "GET /\xe9 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert backend.visits()[0][1] == "/%E9"


def test_a_connection_carries_many_requests(stage: Stage, backend: Backend) -> None:
    connection = stage.connect()
    for number in range(3):
        connection.request("POST", f"/{number}", b"x")
        assert connection.getresponse().read() == f"/{number}".encode()
    connection.close()
    assert len(backend.visits()) == 3


def test_an_answer_that_breaks_off_ends_the_connection(stage: Stage, backend: Backend) -> None:
    def break_off(conversation: Conversation) -> None:
        conversation.close_connection = True
        conversation.send_response(200)
        conversation.send_header("Content-Length", "100")
        conversation.end_headers()
        conversation.wfile.write(b"a part")

    backend.answer = break_off
    answer = raw(stage, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert answer.endswith(b"\r\n\r\na part")


def test_a_broken_chunk_ends_the_connection(stage: Stage, backend: Backend) -> None:
    def break_off(conversation: Conversation) -> None:
        conversation.close_connection = True
        conversation.send_response(200)
        conversation.send_header("Transfer-Encoding", "chunked")
        conversation.end_headers()
        conversation.wfile.write(b"5\r\nuntil\r\nno number")

    backend.answer = break_off
    answer = raw(stage, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert answer.endswith(b"5\r\nuntil\r\n")


def test_targets_take_turns(stage: Stage, backend: Backend) -> None:
    other = Backend()
    try:
        stage.change(target_groups=(group(backend.where, other.where),))
        for _ in range(4):
            stage.ask()
        assert (len(backend.visits()), len(other.visits())) == (2, 2)
    finally:
        other.stop()


def test_codes_of_visitors_are_counted(stage: Stage, backend: Backend) -> None:
    backend.answer = status(403)
    for _ in range(3):
        assert stage.ask().status == 403
    (codes,) = stage.fleet.recent_codes(FORWARD.target_group_arn).values()
    assert codes[403] >= 3
    assert stage.fleet.recent_codes("arn:unknown") == {}


def test_an_idle_client_is_let_go(stage: Stage) -> None:
    stage.change(idle_timeout=0.05)
    assert raw(stage, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").startswith(b"HTTP/1.1 200")


def test_expectations_are_met_before_the_body_is_read(stage: Stage, backend: Backend) -> None:
    connection = stage.connect()
    connection.request("POST", "/", b"body", {"Expect": "100-continue"})
    assert answer_of(connection).status == 200
    assert "expect" not in backend.visits()[0][2]
