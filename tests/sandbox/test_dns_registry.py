"""What the registry answers: pure, without a socket."""

from __future__ import annotations

import dns.flags
import dns.message
import dns.rcode
import pytest

from ebdeploy.sandbox.addresses import Addresses
from ebdeploy.sandbox.dns_answers import answer
from ebdeploy.sandbox.state import State
from tests.sandbox.dns_states import (
    EB_HOST,
    LB_HOST,
    domain,
    example_state,
    state_of,
)

ADDRESSES = Addresses(block=9, ports={})
REGISTRY = ADDRESSES.registry


def ask(state: State, server: str, name: str, rdtype: str = "A") -> dns.message.Message:
    return answer(state, REGISTRY, server, dns.message.make_query(name, rdtype))


def answers(reply: dns.message.Message) -> list[str]:
    return [f"{s.name} {s.ttl} {r.rdtype.name} {r}" for s in reply.answer for r in s]


def authority(reply: dns.message.Message) -> list[str]:
    return [f"{s.name} {r.rdtype.name}" for s in reply.authority for r in s]


@pytest.mark.parametrize("name", ["example.com", "www.example.com", "a.b.example.com"])
def test_the_registry_refers_to_the_registered_name_servers_with_their_addresses(name: str) -> None:
    state = example_state(ADDRESSES)
    reply = ask(state, REGISTRY, name)
    servers = state.zones["Z1"].name_servers
    assert not reply.flags & dns.flags.AA
    assert (reply.answer, authority(reply)) == ([], ["example.com. NS"] * 2)
    assert {str(r) for s in reply.additional for r in s} == {s.address for s in servers}


def test_a_delegation_to_servers_nobody_knows_comes_without_addresses() -> None:
    state = state_of([], [domain("ns1.elsewhere.test")])
    reply = ask(state, REGISTRY, "www.example.com")
    assert (authority(reply), reply.additional) == (["example.com. NS"], [])


def test_the_longest_registered_domain_is_meant() -> None:
    state = state_of([], [domain("ns1.a.test", name="uk"), domain("ns1.b.test", name="a.uk")])
    assert authority(ask(state, REGISTRY, "www.a.uk")) == ["a.uk. NS"]


@pytest.mark.parametrize(
    ("name", "rdtype", "rcode"),
    [
        pytest.param("example.com", "DS", "NOERROR", id="no-DNSSEC"),
        pytest.param("unregistered.com", "A", "NXDOMAIN", id="unregistered"),
        pytest.param("com", "A", "NOERROR", id="top-level"),
        pytest.param("co.uk", "A", "NOERROR", id="suffix-of-two-labels"),
        pytest.param("ac.uk", "A", "NXDOMAIN", id="suffix-without-domains"),
        pytest.param(LB_HOST, "AAAA", "NOERROR", id="aws-owned-without-IPv6"),
        pytest.param("elasticbeanstalk.com", "A", "NOERROR", id="above-an-aws-owned-name"),
        pytest.param("other.elasticbeanstalk.com", "A", "NXDOMAIN", id="no-environment"),
    ],
)
def test_the_registrys_negative_answers_carry_its_soa(name: str, rdtype: str, rcode: str) -> None:
    state = example_state(ADDRESSES)
    state.domains["example.co.uk"] = domain("ns1.a.test", name="example.co.uk")
    reply = ask(state, REGISTRY, name, rdtype)
    assert reply.flags & dns.flags.AA
    assert (dns.rcode.to_text(reply.rcode()), reply.answer) == (rcode, [])
    assert authority(reply) == [f"{name.rpartition('.')[2]}. SOA"]


@pytest.mark.parametrize(
    ("name", "rdtype", "expected"),
    [
        pytest.param(".", "NS", ". 172800 NS a.registry.test.", id="root"),
        pytest.param("com", "NS", "com. 172800 NS a.registry.test.", id="top-level"),
        pytest.param("a.registry.test", "A", "a.registry.test. 60 A 127.9.0.1", id="itself"),
    ],
)
def test_the_registry_names_itself(name: str, rdtype: str, expected: str) -> None:
    assert answers(ask(example_state(ADDRESSES), REGISTRY, name, rdtype)) == [expected]


def test_the_root_has_an_soa() -> None:
    assert answers(ask(example_state(ADDRESSES), REGISTRY, ".", "SOA"))[0].startswith(". 900 SOA")


def test_a_domain_without_name_servers_exists_and_has_nothing() -> None:
    reply = ask(state_of([], [domain()]), REGISTRY, "www.example.com")
    assert (reply.rcode(), authority(reply)) == (dns.rcode.NOERROR, ["com. SOA"])


def test_aws_owned_names_lead_to_addresses() -> None:
    reply = ask(example_state(ADDRESSES), REGISTRY, EB_HOST)
    assert answers(reply) == [f"{EB_HOST}. 60 A 127.9.40.1", f"{EB_HOST}. 60 A 127.9.40.2"]


def test_aws_owned_names_in_a_circle_lead_nowhere() -> None:
    state = example_state(ADDRESSES)
    state.hosts |= {
        "a.amazonaws.com": ("b.amazonaws.com",),
        "b.amazonaws.com": ("a.amazonaws.com",),
    }
    assert ask(state, REGISTRY, "a.amazonaws.com").answer == []
