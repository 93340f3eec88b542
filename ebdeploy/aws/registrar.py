"""Route 53 Domains: what the registrar knows, and the change of name servers."""

from __future__ import annotations

from collections.abc import Sequence

from ebdeploy.aws.clients import Door
from ebdeploy.facts.errors import Refused
from ebdeploy.facts.state import Registration

SERVICE = "route53domains"


def read_registration(door: Door, domain: str) -> Registration | None:
    """Return the registration, None when the domain is not registered in this account.

    GetDomainDetail answers InvalidInput for a domain of somebody else
    (https://docs.aws.amazon.com/Route53/latest/APIReference/API_domains_GetDomainDetail.html).
    """
    try:
        answer = door.call(SERVICE, "GetDomainDetail", DomainName=domain)
    except Refused as refused:
        if refused.aws_code in {"InvalidInput", "UnsupportedTLD"}:
            return None
        raise
    return Registration(
        domain=domain,
        name_servers=tuple(
            sorted(each["Name"].lower().rstrip(".") for each in answer.get("Nameservers", ()))
        ),
        expires=answer.get("ExpirationDate"),
        auto_renew=bool(answer.get("AutoRenew", True)),
        status_list=tuple(answer.get("StatusList", ())),
    )


def update_name_servers(door: Door, domain: str, servers: Sequence[str]) -> None:
    """Ask the registry to delegate the domain to these name servers."""
    door.call(
        SERVICE,
        "UpdateDomainNameservers",
        DomainName=domain,
        Nameservers=[{"Name": server} for server in servers],
    )
