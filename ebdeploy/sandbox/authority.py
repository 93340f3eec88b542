"""The certificate authority of a sandbox: a root of its own, and leaf certificates below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = timedelta(days=198)  # of an ACM certificate, 2026
EARLIER = timedelta(hours=1)  # clients' clocks differ


@dataclass(frozen=True, slots=True)
class Issued:
    """A leaf certificate with its key, PEM; ``serial`` as ACM writes it."""

    certificate: bytes
    key: bytes
    serial: str
    not_before: datetime
    not_after: datetime


class Authority:
    """A root key and certificate, made anew for every sandbox."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("ebdeploy sandbox", "ebdeploy sandbox root")
        now = datetime.now(UTC)
        self._root = (
            x509.CertificateBuilder()
            .subject_name(self._name)
            .issuer_name(self._name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - EARLIER)
            .not_valid_after(now + 2 * LIFETIME)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False
            )
            .sign(self._key, hashes.SHA256())
        )

    @property
    def root_pem(self) -> bytes:
        """Return the root certificate, for clients to trust."""
        return self._root.public_bytes(serialization.Encoding.PEM)

    def issue(self, names: Sequence[str]) -> Issued:
        """Return a certificate for the names, valid from an hour ago for 198 days."""
        key = ec.generate_private_key(ec.SECP256R1())
        begin = datetime.now(UTC).replace(microsecond=0) - EARLIER
        serial = x509.random_serial_number()
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = (
            x509.CertificateBuilder()
            .subject_name(_name(None, names[0]))
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(serial)
            .not_valid_before(begin)
            .not_valid_after(begin + LIFETIME)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(usage, critical=False)
            .add_extension(issuer, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        return Issued(pem, _private_pem(key), _serial(serial), begin, begin + LIFETIME)


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _name(organisation: str | None, common: str) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common[:64])]
    if organisation:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    return x509.Name(parts)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _serial(number: int) -> str:
    text = f"{number:x}"
    text = text if len(text) % 2 == 0 else f"0{text}"
    return ":".join(text[i : i + 2] for i in range(0, len(text), 2))
