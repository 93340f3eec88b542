"""TLS as an application load balancer speaks it: security policies, certificates chosen by SNI.

Comes in: certificates with their keys, PEM, and the name of a policy. Goes out: an SSLContext.
Writes keys to a private temporary folder for a moment, since OpenSSL reads them from files.
"""

from __future__ import annotations

import re
import ssl
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography import x509

V1_0, V1_1 = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
V1_2, V1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
VERSIONS = {"0": V1_0, "1": V1_1, "2": V1_2, "3": V1_3}
# OpenSSL refuses the signatures of TLS 1.0 and 1.1 at its usual security level.
OLD_CIPHERS = "DEFAULT:@SECLEVEL=0"


@dataclass(frozen=True, slots=True)
class CertificateMaterial:
    """A certificate followed by its issuers, and its key, both PEM."""

    chain_pem: bytes
    private_key_pem: bytes


def protocol_versions(policy: str) -> tuple[ssl.TLSVersion, ssl.TLSVersion]:
    """Return the oldest and the newest version that a security policy allows.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
    """
    oldest = re.search(r"TLS13-1-([0-3])-", policy)
    if oldest:
        return VERSIONS[oldest[1]], V1_3
    oldest = re.search(r"-(?:TLS|FS)-1-([0-2])-", policy)
    if oldest:
        return VERSIONS[oldest[1]], V1_2
    if re.fullmatch(r"ELBSecurityPolicy-(?:2016-08|2015-05|FS-2018-06)", policy):
        return V1_0, V1_2
    return V1_2, V1_3


@lru_cache(maxsize=64)
def make_context(materials: tuple[CertificateMaterial, ...], policy: str) -> ssl.SSLContext:
    """Return a context that answers with the first certificate, or with a better one by SNI.

    ssl.SSLError for a key that does not fit its certificate.
    """
    contexts = [_context(material, policy) for material in materials]
    names = [_names(material) for material in materials]
    contexts[0].sni_callback = _chooser(contexts, names)
    return contexts[0]


def _context(material: CertificateMaterial, policy: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    oldest, newest = protocol_versions(policy)
    if oldest in {V1_0, V1_1}:
        context.set_ciphers(OLD_CIPHERS)
    with warnings.catch_warnings():
        # A sandbox offers old versions on purpose, where a user's policy does.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = oldest, newest
    with tempfile.TemporaryDirectory() as folder:
        chain, key = Path(folder, "chain.pem"), Path(folder, "key.pem")
        chain.write_bytes(material.chain_pem)
        key.write_bytes(material.private_key_pem)
        context.load_cert_chain(chain, key)
    return context


def _names(material: CertificateMaterial) -> frozenset[str]:
    leaf = x509.load_pem_x509_certificate(material.chain_pem)
    try:
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(name.lower() for name in found.value.get_values_for_type(x509.DNSName))


def _chooser(
    contexts: Sequence[ssl.SSLContext], names: Sequence[frozenset[str]]
) -> Callable[[ssl.SSLObject, str | None, ssl.SSLContext], None]:
    def choose(connection: ssl.SSLObject, server_name: str | None, _: ssl.SSLContext) -> None:
        asked = (server_name or "").lower()
        for wanted in (asked, f"*.{asked.partition('.')[2]}"):
            for context, covered in zip(contexts, names, strict=True):
                if wanted in covered:
                    connection.context = context
                    return

    return choose
