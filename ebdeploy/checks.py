"""System checks of ``manage.py check --deploy``: one function one id.

Comes in: the project's settings. Goes out: a message with a hint, or nothing. No I/O.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as DeployWarning
from django.core.exceptions import ImproperlyConfigured

from ebdeploy.conf import conf

MIDDLEWARE = "ebdeploy.middleware.health_check"
# The two of Django's own that look at the Host header or redirect.
_MUST_FOLLOW = (
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
)
_SHARED_SUFFIXES = ("amazonaws.com", "elasticbeanstalk.com")

Apps = Sequence[AppConfig] | None


@register("ebdeploy", deploy=True)
def check_middleware(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """Return E001 when the health check would be refused before our middleware sees it."""
    if getattr(settings, "EBDEPLOY_HEALTH_PATH", "") is None:
        return []
    order = list(settings.MIDDLEWARE)
    if MIDDLEWARE not in order:
        problem = f"{MIDDLEWARE} is not in MIDDLEWARE"
    else:
        ahead = [name for name in _MUST_FOLLOW if name in order[: order.index(MIDDLEWARE)]]
        if not ahead:
            return []
        problem = f"{MIDDLEWARE} stands behind {' and '.join(ahead)}"
    return [
        Error(
            f"{problem}, so the load balancer's health check is answered with 400 or 301.",
            hint=f'Make "{MIDDLEWARE}" the first entry of MIDDLEWARE.',
            id="ebdeploy.E001",
        )
    ]


@register("ebdeploy", deploy=True)
def check_health_path(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """Return E002 when EBDEPLOY_HEALTH_PATH is no usable path."""
    try:
        _ = conf.health_path
    except ImproperlyConfigured as error:
        return [
            Error(
                str(error),
                hint="HealthCheckPath in .ebextensions/20-health.config must be the same path.",
                id="ebdeploy.E002",
            )
        ]
    return []


@register("ebdeploy", deploy=True)
def check_allowed_hosts(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """Return W005 when ALLOWED_HOSTS lets in names that are not the site's own."""
    loose = [host for host in settings.ALLOWED_HOSTS if _is_loose(host)]
    if not loose:
        return []
    return [
        DeployWarning(
            f"ALLOWED_HOSTS accepts hosts that are not yours: {', '.join(loose)}. "
            "Links and password-reset mails could be made to point there.",
            hint="List the names of the site only. The health check needs no entry: "
            f"{MIDDLEWARE} answers it whatever its Host is.",
            id="ebdeploy.W005",
        )
    ]


@register("ebdeploy", deploy=True)
def check_ssl_redirect(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """Return W007 when Django redirects to https without a way to see https."""
    if not settings.SECURE_SSL_REDIRECT or settings.SECURE_PROXY_SSL_HEADER:
        return []
    return [
        DeployWarning(
            "SECURE_SSL_REDIRECT is on and SECURE_PROXY_SSL_HEADER is not set: behind a load "
            "balancer every request can look like http, and the redirect goes round in a circle.",
            hint="Set EBDEPLOY_PROXY=alb (or clb) and assign "
            "SECURE_PROXY_SSL_HEADER = eb.secure_proxy_ssl_header.",
            id="ebdeploy.W007",
        )
    ]


@register("ebdeploy", deploy=True)
def check_hosts_given(app_configs: Apps, **kwargs: Any) -> list[CheckMessage]:
    """Return W010 when nothing says which hosts the site answers to."""
    if settings.ALLOWED_HOSTS:
        return []
    return [
        DeployWarning(
            "ALLOWED_HOSTS is empty, so every visitor gets 400: EBDEPLOY_HOSTS is not set, or "
            "the settings do not assign ALLOWED_HOSTS = eb.allowed_hosts.",
            hint="Run `eb setenv EBDEPLOY_HOSTS=NAME.REGION.elasticbeanstalk.com` with the host "
            "name that `eb status` shows as CNAME; provision_domain replaces it later.",
            id="ebdeploy.W010",
        )
    ]


def _is_loose(host: str) -> bool:
    return host == "*" or _is_address(host) or _ends_in(host, _SHARED_SUFFIXES)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _ends_in(host: str, suffixes: Iterable[str]) -> bool:
    """Tell whether a leading dot admits a whole zone in which anyone can own a name."""
    return host.startswith(".") and host.endswith(tuple(f".{suffix}" for suffix in suffixes))
