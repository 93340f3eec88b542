"""What else must be read before a change can be planned; nothing in a steady state. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ebdeploy.facts.options import (
    CONFIG_DOCUMENT,
    HEALTH_PATH,
    HOSTS,
    HTTPS,
    LISTENER_CERTIFICATE,
    LISTENER_ENABLED,
    LISTENER_POLICY,
    LISTENER_PROTOCOL,
    MATCHER,
    PROXY,
    REDIRECT_OFF,
    REDIRECT_PATH,
)
from ebdeploy.facts.state import Observed, Option
from ebdeploy.provisioning.stages import listener_on, settings_of

TOUCHED = (
    HEALTH_PATH, MATCHER, HOSTS, PROXY, HTTPS, REDIRECT_PATH, CONFIG_DOCUMENT,
    LISTENER_ENABLED, LISTENER_PROTOCOL, LISTENER_CERTIFICATE, LISTENER_POLICY,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Need:
    """A field of ``Observed`` that must be filled, and the options it is about."""

    field: str
    options: tuple[Option, ...] = ()


def needs_of(observed: Observed) -> tuple[Need, ...]:
    """Return what to read besides, given what is known so far."""
    settings = settings_of(observed)
    hidden = _hidden(observed)
    needs: list[Need] = []
    if hidden or settings.get(REDIRECT_PATH, REDIRECT_OFF) == REDIRECT_OFF:
        needs.append(Need("option_details", TOUCHED))
    if hidden:
        needs.append(Need("bundle"))
    if _https_is_next(observed):
        needs.append(Need("ssl_policies"))
    if any(e.port_is_closed for e in observed.wire if e.scheme == "https"):
        needs.append(Need("open_ports"))
    return tuple(needs)


def _hidden(observed: Observed) -> bool:
    """Whether the health check's options are not those of the repository."""
    settings = settings_of(observed)
    files = observed.repository.options
    wanted = {HEALTH_PATH: "/healthz", MATCHER: "200"}
    return any(settings.get(o) != files.get(o, value) for o, value in wanted.items())


def _https_is_next(observed: Observed) -> bool:
    """Whether the certificate is there and the listener, whose policy must be chosen, is not."""
    certificate = observed.certificate
    issued = getattr(certificate, "status", "") == "ISSUED"
    return issued and listener_on(observed, 443) is None
