"""Deployment settings from the environment, as named values that the project assigns itself.

Comes in: environment variables EBDEPLOY_*. Goes out: one frozen ``Deployment``. Reads the
environment only, through django-environ.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from django.core.exceptions import ImproperlyConfigured
from environ import Env

# RFC 1123, section 2.1, in the ASCII form of RFC 5890.
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"\.?{_LABEL}(\.{_LABEL})*")


@dataclass(frozen=True, slots=True)
class Deployment:
    """What one environment of the application wants Django to know.

    ``proxy`` is none, alb or clb; ``enforce_https`` says that https works and http shall not.
    A host that starts with a dot stands for all its subdomains, as in ALLOWED_HOSTS.
    """

    hosts: tuple[str, ...] = ()
    proxy: str = "none"
    enforce_https: bool = False
    hsts_seconds: int = 0

    @property
    def allowed_hosts(self) -> list[str]:
        """Return the value of ALLOWED_HOSTS: the hosts, or [] when none is set."""
        return list(self.hosts)

    @property
    def csrf_trusted_origins(self) -> list[str]:
        """Return the value of CSRF_TRUSTED_ORIGINS: the https origin of each host."""
        return [f"https://{'*' if host[0] == '.' else ''}{host}" for host in self.hosts]

    @property
    def secure_proxy_ssl_header(self) -> tuple[str, str] | None:
        """Return the value of SECURE_PROXY_SSL_HEADER, or None without a load balancer.

        Application and Classic Load Balancers set X-Forwarded-Proto; without one in front any
        visitor could (https://docs.djangoproject.com/en/stable/ref/settings/).
        """
        return None if self.proxy == "none" else ("HTTP_X_FORWARDED_PROTO", "https")

    @property
    def secure_ssl_redirect(self) -> bool:
        """Return the value of SECURE_SSL_REDIRECT."""
        return self.enforce_https

    @property
    def secure_cookies(self) -> bool:
        """Return the value of SESSION_COOKIE_SECURE and CSRF_COOKIE_SECURE."""
        return self.enforce_https


def from_env(environ: Mapping[str, str] | None = None) -> Deployment:
    """Return the deployment that the environment describes; None means ``os.environ``.

    Raises ``ImproperlyConfigured`` with the variable, its value and the remedy.
    """
    env = Env()
    if environ is not None:
        env.ENVIRON = environ
    return Deployment(
        hosts=_hosts(env.str("EBDEPLOY_HOSTS", default="")),
        proxy=_choice(env, "EBDEPLOY_PROXY", ("none", "alb", "clb")),
        enforce_https=_choice(env, "EBDEPLOY_HTTPS", ("off", "enforce")) == "enforce",
        hsts_seconds=_seconds(env.str("EBDEPLOY_HSTS_SECONDS", default="0")),
    )


def _hosts(value: str) -> tuple[str, ...]:
    # Elastic Beanstalk documents no comma in a property's value, people write them anyway.
    words = [word for word in re.split(r"[\s,]+", value) if word]
    return tuple(dict.fromkeys(_host(word) for word in words))


def _host(word: str) -> str:
    host = word.lower().rstrip(".")
    host = host[1:] if host.startswith("*.") else host
    if not host.isascii():
        # Python's own "idna" codec is IDNA 2003 and would give other names than browsers use.
        _refuse("EBDEPLOY_HOSTS", word, "Write the ASCII form of the name, which starts with xn--.")
    if len(host) > 253 or not _HOST.fullmatch(host):
        _refuse(
            "EBDEPLOY_HOSTS",
            word,
            "Write host names alone, without scheme, port or path, separated by spaces: "
            '"www.example.com example.com".',
        )
    return host


def _choice(env: Env, name: str, choices: tuple[str, ...]) -> str:
    """Return one of the choices; the first one when the variable is unset or empty."""
    value = env.str(name, default="").strip().lower() or choices[0]
    if value not in choices:
        _refuse(name, value, f"Write one of: {', '.join(choices)}.")
    return value


def _seconds(value: str) -> int:
    text = value.strip() or "0"
    if not (text.isascii() and text.isdigit()):
        _refuse("EBDEPLOY_HSTS_SECONDS", value, "Write a number of seconds, 0 or more.")
    return int(text)


def _refuse(name: str, value: str, remedy: str) -> NoReturn:
    raise ImproperlyConfigured(f"The environment variable {name} holds {value!r}. {remedy}")
