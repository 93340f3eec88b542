"""What Route 53's name servers answer: pure, without a socket."""

from __future__ import annotations

import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import pytest

from ebdeploy.sandbox.addresses import Addresses
from ebdeploy.sandbox.dns_answers import answer, to_datagram
from ebdeploy.sandbox.state import RecordSet, State
from tests.sandbox.dns_states import (
    EB_HOST,
    LB_HOST,
    alias,
    domain,
    example_state,
    name_servers,
    record,
    state_of,
    zone,
)

ADDRESSES = Addresses(block=9, ports={})
REGISTRY = ADDRESSES.registry


def ask(state: State, server: str, name: str, rdtype: str = "A") -> dns.message.Message:
    return answer(state, REGISTRY, server, dns.message.make_query(name, rdtype))


def answers(reply: dns.message.Message) -> list[str]:
    return [f"{s.name} {s.ttl} {r.rdtype.name} {r}" for s in reply.answer for r in s]


def authority(reply: dns.message.Message) -> list[str]:
    return [f"{s.name} {r.rdtype.name}" for s in reply.authority for r in s]


def in_zone(*records: RecordSet, name: str, rdtype: str = "A") -> dns.message.Message:
    state = example_state(ADDRESSES, *records)
    return ask(state, state.zones["Z1"].name_servers[0].address, name, rdtype)


def test_a_name_server_refuses_zones_that_are_not_its_own() -> None:
    old, new = name_servers(ADDRESSES, 1), name_servers(ADDRESSES, 3)
    state = state_of([zone(servers=new)], [domain(*(s.host for s in old))])
    assert ask(state, old[0].address, "example.com", "SOA").rcode() == dns.rcode.REFUSED
    assert ask(state, new[0].address, "example.com", "SOA").rcode() == dns.rcode.NOERROR
    assert ask(state, new[0].address, "example.org").rcode() == dns.rcode.REFUSED


def test_a_private_zone_is_never_served() -> None:
    servers = name_servers(ADDRESSES)
    state = state_of([zone(servers=servers, private=True)], [])
    assert ask(state, servers[0].address, "example.com").rcode() == dns.rcode.REFUSED


def test_of_two_zones_on_one_server_the_longer_name_answers() -> None:
    servers = name_servers(ADDRESSES)
    child = zone(
        record("www.dev.example.com", "A", "192.0.2.9"),
        name="dev.example.com",
        servers=servers,
        zone_id="Z2",
    )
    state = state_of([zone(servers=servers), child], [])
    reply = ask(state, servers[0].address, "www.dev.example.com")
    assert answers(reply) == ["www.dev.example.com. 300 A 192.0.2.9"]


ACM = "_abc.xyz.acm-validations.aws."


@pytest.mark.parametrize(
    ("found", "rdtype", "value"),
    [
        pytest.param(record("example.com", "A", "192.0.2.1"), "A", "192.0.2.1", id="A"),
        pytest.param(record("example.com", "TXT", '"all"'), "TXT", '"all"', id="TXT"),
        pytest.param(
            record("example.com", "CAA", '0 issue "amazon.com"'), "CAA", '0 issue "amazon.com"',
            id="CAA",
        ),
        pytest.param(
            record("example.com", "MX", "10 mail.example.com"), "MX", "10 mail.example.com.",
            id="MX-without-the-last-dot",
        ),
        pytest.param(record("example.com", "CNAME", ACM), "CNAME", ACM, id="CNAME-itself"),
        pytest.param(record("example.com", "CNAME", ACM), "A", ACM, id="CNAME-out-of-the-zone"),
    ],
)  # fmt: skip
def test_a_record_answers_with_authority(found: RecordSet, rdtype: str, value: str) -> None:
    reply = in_zone(found, name="example.com", rdtype=rdtype)
    assert reply.flags & dns.flags.AA
    assert answers(reply) == [f"example.com. 300 {found.type} {value}"]


def test_an_alias_answers_with_the_load_balancers_addresses() -> None:
    reply = in_zone(alias("www.example.com", EB_HOST), name="www.example.com")
    assert answers(reply) == [f"www.example.com. 60 A 127.9.40.{n}" for n in (1, 2)]


@pytest.mark.parametrize(
    ("target", "zone_id", "rdtype", "expected"),
    [
        pytest.param(f"dualstack.{LB_HOST}.", "ZLB", "A", 2, id="dualstack"),
        pytest.param("gone.elasticbeanstalk.com", "ZEB", "A", 0, id="target-is-gone"),
        pytest.param(EB_HOST, "ZEB", "AAAA", 0, id="no-IPv6"),
        pytest.param("example.com", "Z1", "A", 1, id="in-the-zone"),
        pytest.param("www.example.com", "Z1", "A", 0, id="itself"),
    ],
)
def test_an_alias_is_followed(target: str, zone_id: str, rdtype: str, expected: int) -> None:
    records = (
        alias("www.example.com", target, zone_id=zone_id, rdtype=rdtype),
        record("example.com", "A", "192.0.2.1"),
    )
    reply = in_zone(*records, name="www.example.com", rdtype=rdtype)
    assert reply.rcode() == dns.rcode.NOERROR
    assert len(answers(reply)) == expected
    assert bool(reply.authority) == (expected == 0)


def test_a_chain_is_followed_within_the_zone() -> None:
    records = (
        record("www.example.com", "CNAME", "web.example.com"),
        record("web.example.com", "CNAME", "example.com."),
        record("example.com", "A", "192.0.2.1"),
    )
    reply = in_zone(*records, name="www.example.com")
    assert [text.split()[2] for text in answers(reply)] == ["CNAME", "CNAME", "A"]


def test_a_circle_of_cnames_ends() -> None:
    records = (
        record("a.example.com", "CNAME", "b.example.com."),
        record("b.example.com", "CNAME", "a.example.com."),
    )
    assert len(in_zone(*records, name="a.example.com").answer) == 2


WILD = record("*.example.com", "A", "192.0.2.7")
DEEP = record("x.deep.example.com", "A", "192.0.2.8")


@pytest.mark.parametrize(
    ("name", "rdtype", "rcode", "found"),
    [
        pytest.param("any.example.com", "A", "NOERROR", 1, id="covered"),
        pytest.param("a.b.example.com", "A", "NOERROR", 1, id="covered-two-labels-down"),
        pytest.param("any.example.com", "TXT", "NOERROR", 0, id="covered-other-type"),
        pytest.param("x.deep.example.com", "A", "NOERROR", 1, id="exact"),
        pytest.param("deep.example.com", "A", "NOERROR", 0, id="a-parent-exists"),
        pytest.param("y.deep.example.com", "A", "NXDOMAIN", 0, id="nearer-name-hides-it"),
        pytest.param("example.com", "A", "NOERROR", 0, id="apex"),
        pytest.param("*.example.com", "A", "NOERROR", 1, id="the-asterisk-itself"),
    ],
)
def test_a_wildcard_covers_what_does_not_exist(
    name: str, rdtype: str, rcode: str, found: int
) -> None:
    reply = in_zone(WILD, DEEP, name=name, rdtype=rdtype)
    assert (dns.rcode.to_text(reply.rcode()), len(reply.answer)) == (rcode, found)
    assert authority(reply) == ([] if found else ["example.com. SOA"])


def test_a_name_that_does_not_exist_is_denied_with_the_zones_soa() -> None:
    reply = in_zone(name="nothing.example.com")
    assert (reply.rcode(), authority(reply)) == (dns.rcode.NXDOMAIN, ["example.com. SOA"])
    assert reply.authority[0].ttl == 900


@pytest.mark.parametrize("name", ["dev.example.com", "www.dev.example.com"])
def test_a_delegation_below_the_apex_is_a_referral_with_glue(name: str) -> None:
    records = (
        record("dev.example.com", "NS", "ns.dev.example.com.", "ns-1.awsdns-01.com."),
        record("ns.dev.example.com", "A", "192.0.2.53"),
        record("www.dev.example.com", "A", "192.0.2.1"),
    )
    reply = in_zone(*records, name=name)
    assert not reply.flags & dns.flags.AA
    assert (reply.answer, authority(reply)) == ([], ["dev.example.com. NS"] * 2)
    assert len(reply.additional) == 2


def test_the_ds_at_a_delegation_is_the_parents_business() -> None:
    reply = in_zone(record("dev.example.com", "NS", "a.test"), name="dev.example.com", rdtype="DS")
    assert (bool(reply.flags & dns.flags.AA), authority(reply)) == (True, ["example.com. SOA"])


def test_a_record_that_is_no_dns_data_fails() -> None:
    reply = in_zone(record("example.com", "A", "not an address"), name="example.com")
    assert (reply.rcode(), reply.answer) == (dns.rcode.SERVFAIL, [])


def test_only_queries_are_implemented() -> None:
    query = dns.message.make_query("example.com", "A")
    query.set_opcode(dns.opcode.NOTIFY)
    reply = answer(example_state(ADDRESSES), REGISTRY, REGISTRY, query)
    assert reply.rcode() == dns.rcode.NOTIMP


@pytest.mark.parametrize(
    ("strings", "payload", "truncated"),
    [
        pytest.param(1, None, False, id="short"),
        pytest.param(4, None, True, id="over-512-without-edns"),
        pytest.param(4, 1232, False, id="over-512-with-edns"),
        pytest.param(8, 1232, True, id="over-1232"),
        pytest.param(8, 4096, True, id="over-1232-whatever-the-client-takes"),
    ],
)
def test_a_datagram_is_cut_when_it_is_too_long(
    strings: int, payload: int | None, truncated: bool
) -> None:
    text = record("example.com", "TXT", *(f'"{n}{"x" * 180}"' for n in range(strings)))
    state = example_state(ADDRESSES, text)
    query = dns.message.make_query(
        "example.com", "TXT", use_edns=payload is not None, payload=payload or 0
    )
    reply = answer(state, REGISTRY, state.zones["Z1"].name_servers[0].address, query)
    short = dns.message.from_wire(to_datagram(query, reply))
    assert bool(short.flags & dns.flags.TC) == truncated
    assert bool(short.answer) != truncated
