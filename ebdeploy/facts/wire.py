"""What a TCP, TLS and HTTP probe saw, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ServedCertificate:
    """The leaf certificate a server showed, once it was verified."""

    names: tuple[str, ...]
    serial: str
    not_after: datetime
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request to one address: ``scheme://name/path`` sent to ``address``.

    ``aim`` says what was being proved: "balancer" (straight to the load balancer, before DNS
    points there) or "site" (as a visitor reaches it). ``error`` is "", or "refused", "timeout",
    "tls", "http", "unresolved"; ``detail`` has the words. ``verify_code`` is OpenSSL's.
    """

    aim: str
    scheme: str
    name: str
    path: str
    address: str
    status: int | None = None
    location: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    error: str = ""
    detail: str = ""
    verify_code: int | None = None
    certificate: ServedCertificate | None = None

    @property
    def url(self) -> str:
        """Return the URL as a user would type it."""
        return f"{self.scheme}://{self.name}{self.path}"

    @property
    def port_is_closed(self) -> bool:
        """Whether nobody took the connection."""
        return self.error in {"refused", "timeout"}

    @property
    def serves(self) -> bool:
        """Whether the site answered with success or with a redirect of its own."""
        return not self.error and self.status is not None and self.status < 400


@dataclass(frozen=True, slots=True)
class Request:
    """A probe to be made; the fields are those of ``Exchange``."""

    aim: str
    scheme: str
    name: str
    path: str
    address: str
