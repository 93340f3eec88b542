"""Host names: normalised once, at the boundary. Pure.

Comes in: what a person typed. Goes out: lower case A-labels without a trailing dot (RFC 5890), or
``BadName`` with the CFG code of the catalogue.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from functools import cache

import idna
from publicsuffixlist import PublicSuffixList

from ebdeploy.facts.errors import BadName

AWS_SUFFIXES = ("elasticbeanstalk.com", "amazonaws.com", "cloudfront.net", "awsapprunner.com")
MAX_NAMES = 10  # ACM's default quota of names in a certificate
MAX_COMMON_NAME = 64
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False, only_icann=True)


def normalise(text: str) -> str:
    """Return the name as ACM and DNS know it.

    ``text`` is a host name, Unicode or ASCII, perhaps with a leading ``*.`` or a trailing dot.
    Raises ``BadName`` for a URL, an address, a bad label, a public suffix or AWS's own names.
    """
    stripped = text.strip()
    if re.search(r"[:/@?#\s]", stripped) and not _is_address(stripped):
        raise BadName("CFG001", text, "is not a host name.", _suggest(stripped))
    wildcard = stripped.startswith("*.")
    bare = _to_ascii(text, stripped.removeprefix("*.").rstrip("."))
    _refuse_address(text, bare)
    _refuse_labels(text, bare)
    _refuse_suffixes(text, bare)
    return f"*.{bare}" if wildcard else bare


def normalise_all(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the names in order without repetitions; ``BadName`` when the set cannot work."""
    names = tuple(dict.fromkeys(normalise(text) for text in texts))
    _refuse_lone_wildcards(names)
    if len(names) > MAX_NAMES:
        raise BadName(
            "CFG007",
            names[MAX_NAMES],
            f"is name number {MAX_NAMES + 1}; a certificate holds {MAX_NAMES} by default.",
            "Use a wildcard, or ask AWS for a higher ACM quota.",
        )
    if names and len(names[0]) > MAX_COMMON_NAME:
        raise BadName(
            "CFG004",
            names[0],
            f"has {len(names[0])} characters; the first name may have {MAX_COMMON_NAME}.",
            "Put a shorter name first.",
        )
    return names


def _refuse_lone_wildcards(names: tuple[str, ...]) -> None:
    for name in names:
        apex = name.removeprefix("*.")
        if name != apex and apex not in names:
            raise BadName(
                "CFG008",
                name,
                "alone leaves its apex without a certificate.",
                f"Give both names: {name} {apex}",
            )


@cache
def registrable_domain(name: str) -> str:
    """Return the registered domain of a normalised name: ``example.co.uk`` of ``a.example.co.uk``.

    Encodes the public suffix list, ICANN section (https://publicsuffix.org).
    """
    return str(_suffixes().privatesuffix(name.removeprefix("*.")))


def to_unicode(name: str) -> str:
    """Return the name as people read it, or unchanged where it is not an IDN."""
    try:
        return idna.decode(name) if "xn--" in name else name
    except idna.IDNAError:
        return name


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


def _suggest(text: str) -> str:
    host = re.sub(r"^[a-z][a-z0-9+.-]*://", "", text, flags=re.IGNORECASE)
    host = re.split(r"[:/?#\s]", host.rpartition("@")[2])[0]
    if host and host != text:
        return f"Give the host name alone: {host}"
    return "Give a host name such as www.example.com."


def _to_ascii(text: str, bare: str) -> str:
    try:
        return idna.encode(bare, uts46=True, std3_rules=True).decode("ascii").lower()
    except idna.IDNAError as error:
        code = "CFG004" if "too long" in str(error) else "CFG003" if _is_idn(bare) else "CFG001"
        if _is_address(bare):
            code = "CFG002"
        raise BadName(
            code,
            text,
            f"is not a valid host name: {error}.",
            "Labels have 1 to 63 letters, digits and hyphens, and a name at most 253 characters.",
        ) from error


def _is_idn(bare: str) -> bool:
    return not bare.isascii() or any(label[2:4] == "--" for label in bare.lower().split("."))


def _refuse_address(text: str, bare: str) -> None:
    if _is_address(bare) or re.fullmatch(r"[0-9.]+", bare):
        raise BadName(
            "CFG002",
            text,
            "is an IP address.",
            "A public certificate needs a host name such as www.example.com.",
        )


def _refuse_labels(text: str, bare: str) -> None:
    if len(bare) > 253 or not all(_LABEL.fullmatch(label) for label in bare.split(".")):
        raise BadName(
            "CFG001",
            text,
            "is not a host name.",
            "Labels have 1 to 63 letters, digits and hyphens, and a name at most 253 characters.",
        )


def _refuse_suffixes(text: str, bare: str) -> None:
    for suffix in AWS_SUFFIXES:
        if bare == suffix or bare.endswith(f".{suffix}"):
            raise BadName(
                "CFG006",
                text,
                f"belongs to AWS: ACM issues no certificate for {suffix}.",
                "Use a domain of your own, such as www.example.com.",
            )
    if _suffixes().privatesuffix(bare) is None:
        raise BadName(
            "CFG005",
            text,
            "is a public suffix or has an unknown top-level domain.",
            "Give a name below a registered domain, such as www.example.com.",
        )
