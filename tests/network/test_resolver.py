from __future__ import annotations

from collections.abc import Iterator

import pytest

from ebdeploy.facts.dns import Question
from ebdeploy.facts.world import World
from ebdeploy.network.resolver import Walker, ask_recursive, resolve_addresses
from ebdeploy.sandbox.state import RecordSet
from tests.sandbox.accounts import Account, running_account

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with running_account() as running:
        zone = running.delegated_zone("example.com")
        for record in (
            RecordSet("www.example.com", "A", 60, ("192.0.2.1",)),
            RecordSet("alias.example.com", "CNAME", 60, ("www.example.com.",)),
            RecordSet("away.example.com", "CNAME", 60, ("www.example.org.",)),
        ):
            zone.records[record.key] = record
        other = running.delegated_zone("example.org")
        www = RecordSet("www.example.org", "CAA", 60, ('0 issue "amazon.com"',))
        other.records[www.key] = www
        running.domains.register("lame.com", ("ns-1.awsdns-01.org",))
        running.state.hosts["lb.elb.amazonaws.com"] = ("192.0.2.80",)
        yield running


def world(account: Account) -> World:
    addresses = account.addresses
    return World(
        dns_roots=(addresses.registry,),
        dns_resolver=addresses.resolver,
        ports={53: addresses.port(53)},
    )


def test_a_domain_that_nobody_registered_has_no_delegation(account: Account) -> None:
    facts = Walker(world(account)).look([], ["nobody.com"])
    found = facts.delegations["nobody.com"]
    assert (found.status, found.name_servers) == ("NXDOMAIN", ())


def test_the_parents_servers_say_the_delegation(account: Account) -> None:
    facts = Walker(world(account)).look([], ["example.com"])
    found = facts.delegations["example.com"]
    assert len(found.name_servers) == 4
    assert not found.signed
    answers = facts.answers("example.com", "SOA")
    assert {(a.status, a.authoritative) for a in answers} == {("NOERROR", True)}
    assert len(answers) == 4


def test_every_authoritative_server_is_asked_without_recursion(account: Account) -> None:
    facts = Walker(world(account)).look([Question("www.example.com", "A")], ["example.com"])
    answers = facts.answers("www.example.com", "A")
    assert [[r.value for r in a.records] for a in answers] == [["192.0.2.1"]] * 4
    assert facts.cuts["www.example.com"] == "example.com"
    assert facts.queries > 4


def test_a_missing_name_has_its_negative_ttl(account: Account) -> None:
    facts = Walker(world(account)).look([Question("none.example.com", "A")], [])
    assert {a.status for a in facts.answers("none.example.com", "A")} == {"NXDOMAIN"}
    assert {a.negative_ttl for a in facts.answers("none.example.com", "A")} == {900}


def test_a_chain_into_another_zone_is_followed(account: Account) -> None:
    facts = Walker(world(account)).look([Question("away.example.com", "CAA")], [])
    (value,) = {r.value for a in facts.answers("www.example.org", "CAA") for r in a.records}
    assert value == '0 issue "amazon.com"'


def test_a_lame_server_refuses(account: Account) -> None:
    facts = Walker(world(account)).look([Question("www.lame.com", "A")], ["lame.com"])
    assert {a.status for a in facts.answers("lame.com", "SOA")} == {"REFUSED"}
    assert {a.status for a in facts.answers("www.lame.com", "A")} == {"REFUSED"}


def test_roots_that_nobody_reaches_are_a_timeout() -> None:
    nowhere = World(dns_roots=("127.255.255.1",), ports={53: 9})
    facts = Walker(nowhere, timeout=0.2).look([], ["example.com"])
    assert facts.delegations["example.com"].status in {"TIMEOUT", "UNREACHABLE"}


def test_names_of_aws_are_resolved_by_the_stub_resolver(account: Account) -> None:
    assert resolve_addresses(world(account), "lb.elb.amazonaws.com") == ("192.0.2.80",)
    assert resolve_addresses(world(account), "none.elb.amazonaws.com") == ()


def test_the_recursive_view_can_be_asked(account: Account) -> None:
    answer = ask_recursive(world(account), Question("www.example.com", "A"))
    assert [record.value for record in answer.records] == ["192.0.2.1"]
