"""A live site stays up while it moves to https, and a run that is killed can be run again."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import dns.message
import dns.query
import dns.rdatatype
import pytest

from tests.stories.worlds import NAMES, PROJECT, Sandbox, clean_environment

pytestmark = pytest.mark.story


@dataclass
class Visit:
    """One request: when (unix time), to what, and what came back (0: nothing)."""

    began: float
    ended: float
    url: str
    status: int


@dataclass
class Visitor:
    """Asks one URL again and again until it is stopped."""

    sandbox: Sandbox
    scheme: str
    name: str
    visits: list[Visit] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.stop.wait(0.02):
            address = resolve(self.sandbox, self.name)
            if address:
                began = time.time()
                status = ask(self.sandbox, self.scheme, self.name, address)
                url = f"{self.scheme}://{self.name}/"
                self.visits.append(Visit(began, time.time(), url, status))


def resolve(sandbox: Sandbox, name: str) -> str:
    query = dns.message.make_query(name, "A")
    where, port = sandbox.world["dns_resolver"], int(sandbox.world["ports"]["53"])
    try:
        answer = dns.query.udp(query, where, timeout=2, port=port)
    except dns.exception.DNSException:
        return ""
    found = [rrset for rrset in answer.answer if rrset.rdtype == dns.rdatatype.A]
    return str(found[0][0]) if found else ""


def ask(sandbox: Sandbox, scheme: str, name: str, address: str) -> int:
    port = int(sandbox.world["ports"]["443" if scheme == "https" else "80"])
    connection = http.client.HTTPConnection(name, timeout=5)
    try:
        connection.sock = socket.create_connection((address, port), timeout=5)
        if scheme == "https":
            context = ssl.create_default_context(cafile=sandbox.world["ca_file"])
            connection.sock = context.wrap_socket(connection.sock, server_hostname=name)
        connection.request("GET", "/")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def from_first_answer(visits: list[Visit]) -> list[Visit]:
    first = next((i for i, visit in enumerate(visits) if visit.status), len(visits))
    return visits[first:]


def outside(visits: list[Visit], outages: list[tuple[float, float]]) -> list[Visit]:
    """Leave out what Elastic Beanstalk's own restarts may have cost."""
    return [
        visit
        for visit in visits
        if not any(visit.began < end + 0.2 and visit.ended > start - 0.2 for start, end in outages)
    ]


def test_no_request_fails_but_in_restarts(start: Callable[..., Sandbox]) -> None:
    sandbox = start(scale="30")
    (environment,) = sandbox.client("elasticbeanstalk").describe_environments()["Environments"]
    eb_host = Visitor(sandbox, "http", environment["CNAME"])
    others = [Visitor(sandbox, s, n) for n in NAMES for s in ("http", "https")]
    threads = [threading.Thread(target=v.run) for v in (eb_host, *others)]
    for thread in threads:
        thread.start()
    document = sandbox.provision_json()
    time.sleep(1)
    for visitor in (eb_host, *others):
        visitor.stop.set()
    for thread in threads:
        thread.join()
    assert document["result"] == "converged", document

    outages = json.loads((sandbox.directory / "restarts.json").read_text())
    dropped = [v for v in eb_host.visits if v.status in {301, 400}]
    until = dropped[0].began if dropped else time.time()
    expected = [v for v in eb_host.visits if v.ended < until]
    assert len(expected) > 50
    assert [v for v in outside(expected, outages) if v.status != 200] == []
    for visitor in others:
        answered = from_first_answer(visitor.visits)
        assert len(answered) > 5, visitor
        good = {200} if visitor.scheme == "https" else {200, 301}
        assert [v for v in outside(answered, outages) if v.status not in good] == []


@pytest.mark.parametrize("seconds", [0.8, 1.5, 2.5, 4.0, 6.0])
def test_ctrl_c_at_any_moment_and_again_converges(
    start: Callable[..., Sandbox], seconds: float
) -> None:
    sandbox = start()
    command = [sys.executable, "manage.py", "provision_domain", *NAMES, "--no-input"]
    with subprocess.Popen(
        command, cwd=PROJECT, env=clean_environment(sandbox.variables), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode in {0, 130}, errors
    if process.returncode == 130:
        assert "run the same command again" in errors.lower()
    document = sandbox.provision_json()
    assert document["result"] == "converged", document
    certificates = sandbox.client("acm").list_certificates()["CertificateSummaryList"]
    assert len(certificates) == 1
    assert sandbox.provision_json()["stats"]["api_writes"] == 0
