"""Security policies and certificates by SNI, shaken hands in memory."""

from __future__ import annotations

import ssl
from collections.abc import Callable

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ebdeploy.sandbox.authority import Authority
from ebdeploy.sandbox.tls import CertificateMaterial, make_context, protocol_versions
from tests.sandbox.balancers import POLICY, material

VERSIONS = {v: getattr(ssl.TLSVersion, f"TLSv1_{v}" if v else "TLSv1") for v in range(4)}


@pytest.mark.parametrize(
    ("policy", "oldest", "newest"),
    [
        pytest.param("ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", 2, 3, id="ours"),
        pytest.param("ELBSecurityPolicy-TLS13-1-2-2021-06", 2, 3, id="console"),
        pytest.param("ELBSecurityPolicy-TLS13-1-3-2021-06", 3, 3, id="only-1.3"),
        pytest.param("ELBSecurityPolicy-TLS13-1-0-2021-06", 0, 3, id="all"),
        pytest.param("ELBSecurityPolicy-TLS13-1-1-2021-06", 1, 3, id="from-1.1"),
        pytest.param("ELBSecurityPolicy-2016-08", 0, 2, id="elastic-beanstalks-default"),
        pytest.param("ELBSecurityPolicy-FS-2018-06", 0, 2, id="forward-secrecy"),
        pytest.param("ELBSecurityPolicy-FS-1-1-2019-08", 1, 2, id="forward-secrecy-1.1"),
        pytest.param("ELBSecurityPolicy-TLS-1-2-Ext-2018-06", 2, 2, id="only-1.2"),
        pytest.param("ELBSecurityPolicy-TLS-1-0-2015-04", 0, 2, id="2015"),
        pytest.param("", 2, 3, id="unknown"),
    ],
)
def test_a_policy_allows(policy: str, oldest: int, newest: int) -> None:
    assert protocol_versions(policy) == (VERSIONS[oldest], VERSIONS[newest])


def shake(server: ssl.SSLContext, client: ssl.SSLContext, name: str | None = None) -> ssl.SSLObject:
    """Shake hands in memory and return the client's side."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=name)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for step in (ours.do_handshake, theirs.do_handshake):
            _try(step)
    ours.do_handshake()
    return ours


def _try(step: Callable[[], None]) -> None:
    try:
        step()
    except ssl.SSLWantReadError:
        return


def any_client() -> ssl.SSLContext:
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    return client


def names_shown(server: ssl.SSLContext, name: str | None) -> set[str]:
    shown = shake(server, any_client(), name).getpeercert(binary_form=True)
    assert shown is not None
    leaf = x509.load_der_x509_certificate(shown)
    found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return set(found.value.get_values_for_type(x509.DNSName))


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        pytest.param("first.test", "first.test", id="the-default-itself"),
        pytest.param("second.test", "second.test", id="another"),
        pytest.param("WWW.second.test", "www.second.test", id="exact-before-wildcard"),
        pytest.param("a.second.test", "*.second.test", id="wildcard"),
        pytest.param("a.b.second.test", "first.test", id="a-wildcard-is-one-label"),
        pytest.param("other.test", "first.test", id="unknown-gets-the-default"),
        pytest.param(None, "first.test", id="without-sni"),
    ],
)
def test_sni_chooses_the_certificate(asked: str | None, shown: str) -> None:
    authority = trustme.CA()
    served = ("first.test", "*.second.test", "second.test", "www.second.test")
    context = make_context(tuple(material(authority, name) for name in served), POLICY)
    assert names_shown(context, asked) == {shown}


def test_the_chain_is_verified_by_a_client_that_trusts_the_sandboxs_authority() -> None:
    authority = Authority()
    issued = authority.issue(["www.example.com"])
    chain = issued.certificate + authority.root_pem
    client = ssl.create_default_context(cadata=authority.root_pem.decode())
    server = make_context((CertificateMaterial(chain, issued.key),), POLICY)
    assert shake(server, client, "www.example.com").version() == "TLSv1.3"


def client_of(version: ssl.TLSVersion) -> ssl.SSLContext:
    client = any_client()
    client.set_ciphers("DEFAULT:@SECLEVEL=0")
    client.minimum_version = client.maximum_version = version
    return client


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize(
    ("policy", "spoken"),
    [
        pytest.param(POLICY, {2, 3}, id="ours"),
        pytest.param("ELBSecurityPolicy-2016-08", {0, 1, 2}, id="old"),
        pytest.param("ELBSecurityPolicy-TLS13-1-1-2021-06", {1, 2, 3}, id="from-1.1"),
    ],
)
def test_a_policy_is_kept_on_the_wire(policy: str, spoken: set[int]) -> None:
    server = make_context((material(trustme.CA(), "a.test"),), policy)
    for number, version in VERSIONS.items():
        if number in spoken:
            assert shake(server, client_of(version)).version() is not None
        else:
            with pytest.raises(ssl.SSLError):
                shake(server, client_of(version))


def test_a_certificate_without_names_serves_as_default() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    issued = trustme.CA().issue_cert("a.test")
    leaf = x509.load_pem_x509_certificate(issued.cert_chain_pems[0].bytes())
    bare = (
        x509.CertificateBuilder(leaf.issuer, leaf.subject, key.public_key(), 1)
        .not_valid_before(leaf.not_valid_before_utc)
        .not_valid_after(leaf.not_valid_after_utc)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    server = make_context((CertificateMaterial(bare.public_bytes(pem), private),), POLICY)
    assert shake(server, any_client(), "a.test").version() == "TLSv1.3"


def test_a_key_that_does_not_fit_is_an_error() -> None:
    authority = trustme.CA()
    one, other = material(authority, "a.test"), material(authority, "b.test")
    with pytest.raises(ssl.SSLError):
        make_context((CertificateMaterial(one.chain_pem, other.private_key_pem),), POLICY)
