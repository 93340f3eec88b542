"""Route 53 Domains: what the registrar knows; the registry follows a little later."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from ebdeploy.facts.clock import Clock
from ebdeploy.sandbox.protocol import AwsError, Call, Parameters, Service
from ebdeploy.sandbox.state import RegisteredDomain, State

REGISTRY_DELAY = 30.0  # clock seconds until the parent zone shows new name servers
PRICES = {"com": 14.0, "net": 17.0, "org": 15.0, "jp": 90.0}


class Domains:
    """The service; ``due`` holds name servers that the registry will publish."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._due: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._asked: dict[str, tuple[str, ...]] = {}
        self._operations: dict[str, tuple[str, datetime]] = {}
        self.service = Service(
            "route53domains",
            {
                "ListDomains": self._list,
                "GetDomainDetail": self._detail,
                "UpdateDomainNameservers": self._update,
                "GetOperationDetail": self._operation,
                "ListOperations": self._list_operations,
                "CheckDomainAvailability": self._availability,
                "ListPrices": self._prices,
            },
            only="us-east-1",
        )

    def register(self, name: str, servers: tuple[str, ...], *, in_account: bool = True) -> None:
        """Enter a domain at the registry."""
        expires = datetime.now(UTC) + timedelta(days=300)
        with self._state.lock:
            self._state.domains[name] = RegisteredDomain(name, servers, expires, in_account)

    def advance(self) -> None:
        """Publish the name servers whose time has come."""
        for name, (when, servers) in list(self._due.items()):
            if self._clock.monotonic() >= when:
                with self._state.lock:
                    self._state.domains[name].name_servers = servers
                del self._due[name]

    def _list(self, _parameters: Parameters, _call: Call) -> Parameters:
        mine = [domain for domain in self._state.domains.values() if domain.in_account]
        return {
            "Domains": [
                {"DomainName": d.name, "AutoRenew": d.auto_renew, "Expiry": d.expires} for d in mine
            ]
        }

    def _detail(self, parameters: Parameters, _call: Call) -> Parameters:
        domain = self._owned(parameters["DomainName"])
        servers = self._asked.get(domain.name, domain.name_servers)
        return {
            "DomainName": domain.name,
            "Nameservers": [{"Name": server} for server in servers],
            "AutoRenew": domain.auto_renew,
            "ExpirationDate": domain.expires,
            "StatusList": list(domain.status_list),
        }

    def _update(self, parameters: Parameters, _call: Call) -> Parameters:
        domain = self._owned(parameters["DomainName"])
        if domain.name in self._due:
            raise AwsError("DuplicateRequest", f"A change of {domain.name} is in progress.")
        servers = tuple(each["Name"].lower().rstrip(".") for each in parameters["Nameservers"])
        self._asked[domain.name] = servers
        self._due[domain.name] = (self._clock.monotonic() + REGISTRY_DELAY, servers)
        operation = secrets.token_hex(16)
        self._operations[operation] = (domain.name, datetime.now(UTC))
        return {"OperationId": operation}

    def _operation(self, parameters: Parameters, _call: Call) -> Parameters:
        operation = parameters["OperationId"]
        if operation not in self._operations:
            raise AwsError("InvalidInput", f"No operation {operation}")
        return self._operation_shape(operation)

    def _list_operations(self, _parameters: Parameters, _call: Call) -> Parameters:
        return {"Operations": [self._operation_shape(each) for each in self._operations]}

    def _operation_shape(self, operation: str) -> Parameters:
        name, submitted = self._operations[operation]
        return {
            "OperationId": operation,
            "Status": "IN_PROGRESS" if name in self._due else "SUCCESSFUL",
            "DomainName": name,
            "Type": "UPDATE_NAMESERVER",
            "SubmittedDate": submitted,
        }

    def _availability(self, parameters: Parameters, _call: Call) -> Parameters:
        taken = parameters["DomainName"].lower() in self._state.domains
        return {"Availability": "UNAVAILABLE" if taken else "AVAILABLE"}

    def _prices(self, parameters: Parameters, _call: Call) -> Parameters:
        wanted = parameters.get("Tld")
        return {
            "Prices": [
                {
                    "Name": tld,
                    "RegistrationPrice": {"Price": price, "Currency": "USD"},
                    "RenewalPrice": {"Price": price, "Currency": "USD"},
                }
                for tld, price in PRICES.items()
                if wanted in {None, tld}
            ]
        }

    def _owned(self, name: str) -> RegisteredDomain:
        domain = self._state.domains.get(name.lower())
        if domain is None or not domain.in_account:
            raise AwsError("InvalidInput", f"Domain {name} is not associated with this account.")
        return domain
