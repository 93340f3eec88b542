"""What shall be: names, redirect, consents. Pure; made from options and settings."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ebdeploy.facts.options import DEFAULT_SSL_POLICY
from ebdeploy.facts.state import Environment

REDIRECTS = ("rule", "listener", "django", "none")
ALLOWANCES = (
    "update-nameservers",
    "lose-records",
    "create-zone",
    "replace-record",
    "move-name",
    "remove-name",
    "edit-caa",
    "tighten-tls",
    "count-4xx",
)


@dataclass(frozen=True, slots=True)
class Desired:
    """The order a person gave: the complete set of names of one environment.

    ``allow`` holds the named refusals that are lifted for this run; ``ssl_policy`` None means the
    best policy of the region. ``health_path`` is the path the project's middleware answers.
    """

    names: tuple[str, ...]
    redirect: str = "rule"
    keep_eb_host: bool = False
    ipv6: bool = False
    ssl_policy: str | None = None
    allow: frozenset[str] = frozenset()
    health_path: str = "/healthz"
    matcher: str = "200"

    @classmethod
    def from_options(cls, names: tuple[str, ...], options: Mapping[str, Any]) -> Desired:
        """Return the order that the options of ``provision_domain`` describe."""
        return cls(
            names=names,
            redirect=options["redirect"],
            keep_eb_host=options["keep_eb_host"],
            ipv6=options["ipv6"],
            ssl_policy=options["ssl_policy"],
            allow=frozenset(options["allow"]),
        )

    def policy(self, offered: frozenset[str] | None, fallbacks: tuple[str, ...]) -> str:
        """Return the security policy for a new listener; ``offered`` None: not asked yet."""
        wanted = self.ssl_policy or DEFAULT_SSL_POLICY
        if offered is None or wanted in offered:
            return wanted
        return next((name for name in fallbacks if name in offered), wanted)

    def hosts(self, cname: str) -> tuple[str, ...]:
        """Return what EBDEPLOY_HOSTS holds at the end; a wildcard in Django's form."""
        names = tuple(f".{n[2:]}" if n.startswith("*.") else n for n in self.names)
        return (*names, cname) if self.keep_eb_host else names

    def certificate_token(self, environment: Environment, dead_arn: str) -> str:
        """Return the IdempotencyToken: the same order gives the same certificate.

        ``dead_arn`` is the ARN of the last failed certificate, "" without one: after a failure
        the same token would return the failed certificate for an hour.
        """
        return _digest(
            environment.account, environment.region, environment.name, *sorted(self.names), dead_arn
        )


def zone_reference(environment: Environment, domain: str, generation: int) -> str:
    """Return the CallerReference of a zone; it rises where an old one is used up."""
    return f"ebdeploy-{_digest(environment.account, environment.region, domain, str(generation))}"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
