from __future__ import annotations

import pytest

from ebdeploy.aws import registrar
from ebdeploy.facts.errors import AccessDenied, Refused
from tests.aws.answers import Answers


@pytest.mark.parametrize("code", ["InvalidInput", "UnsupportedTLD"])
def test_a_domain_of_somebody_else_is_not_registered_here(code: str) -> None:
    door = Answers(GetDomainDetail=Refused("route53domains:GetDomainDetail", code, "not yours"))
    assert registrar.read_registration(door, "example.com") is None


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(
            Refused("route53domains:GetDomainDetail", "OperationLimitExceeded", ""), id="limit"
        ),
        pytest.param(AccessDenied("route53domains:GetDomainDetail", ""), id="denied"),
    ],
)
def test_another_refusal_is_not_taken_for_an_answer(error: Exception) -> None:
    with pytest.raises(type(error)):
        registrar.read_registration(Answers(GetDomainDetail=error), "example.com")


def test_a_registration_lists_its_name_servers() -> None:
    servers = [{"Name": "NS2.example.net."}, {"Name": "ns1.example.net"}]
    door = Answers(GetDomainDetail={"Nameservers": servers, "AutoRenew": False})
    found = registrar.read_registration(door, "example.com")
    assert found is not None
    assert found.name_servers == ("ns1.example.net", "ns2.example.net")
    assert found.auto_renew is False


def test_name_servers_are_replaced_as_a_whole() -> None:
    door = Answers(UpdateDomainNameservers={"OperationId": "1"})
    registrar.update_name_servers(door, "example.com", ["ns1.example.net"])
    assert door.parameters("UpdateDomainNameservers") == [
        {"DomainName": "example.com", "Nameservers": [{"Name": "ns1.example.net"}]}
    ]
