"""``from_env``: what an environment says, in Django's settings."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host

from ebdeploy.settings import Deployment, from_env


def test_an_empty_environment_allows_no_host_and_changes_nothing():
    eb = from_env({})
    assert eb == Deployment()
    assert eb.allowed_hosts == []
    assert eb.csrf_trusted_origins == []
    assert eb.secure_proxy_ssl_header is None
    assert (eb.secure_ssl_redirect, eb.secure_cookies, eb.hsts_seconds) == (False, False, 0)


def test_without_an_argument_the_process_environment_is_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("EBDEPLOY_HOSTS", "www.example.com")
    assert from_env().allowed_hosts == ["www.example.com"]


def test_a_given_environment_leaves_the_next_reading_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("EBDEPLOY_HOSTS", raising=False)
    from_env({"EBDEPLOY_HOSTS": "www.example.com"})
    assert from_env().allowed_hosts == []


def test_a_provisioned_environment_gives_the_whole_set():
    eb = from_env(
        {
            "EBDEPLOY_HOSTS": "www.example.com example.com",
            "EBDEPLOY_PROXY": "alb",
            "EBDEPLOY_HTTPS": "enforce",
            "EBDEPLOY_HSTS_SECONDS": "3600",
        }
    )
    assert eb.allowed_hosts == ["www.example.com", "example.com"]
    assert eb.csrf_trusted_origins == ["https://www.example.com", "https://example.com"]
    assert eb.secure_proxy_ssl_header == ("HTTP_X_FORWARDED_PROTO", "https")
    assert (eb.secure_ssl_redirect, eb.secure_cookies, eb.hsts_seconds) == (True, True, 3600)


@pytest.mark.parametrize(
    ("value", "hosts"),
    [
        pytest.param("  ", [], id="blank"),
        pytest.param("a.example b.example", ["a.example", "b.example"], id="spaces"),
        pytest.param("a.example,b.example", ["a.example", "b.example"], id="comma"),
        pytest.param(" a.example ,\n b.example, ", ["a.example", "b.example"], id="both"),
        pytest.param("A.Example. a.example", ["a.example"], id="normalised-once"),
        pytest.param("xn--bcher-kva.example", ["xn--bcher-kva.example"], id="idn-as-ascii"),
        pytest.param("localhost 127.0.0.1", ["localhost", "127.0.0.1"], id="local"),
    ],
)
def test_hosts_are_read_in_order(value: str, hosts: list[str]):
    assert from_env({"EBDEPLOY_HOSTS": value}).allowed_hosts == hosts


@pytest.mark.parametrize("written", ["*.example.com", ".example.com"])
def test_a_wildcard_is_written_as_each_setting_wants_it(written: str):
    eb = from_env({"EBDEPLOY_HOSTS": written})
    assert eb.csrf_trusted_origins == ["https://*.example.com"]
    assert validate_host("a.example.com", eb.allowed_hosts)
    assert not validate_host("example.org", eb.allowed_hosts)


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        pytest.param("EBDEPLOY_HOSTS", "https://example.com", "without scheme", id="url"),
        pytest.param("EBDEPLOY_HOSTS", "example.com:8000", "without scheme", id="port"),
        pytest.param("EBDEPLOY_HOSTS", "example.com/", "without scheme", id="path"),
        pytest.param("EBDEPLOY_HOSTS", "*", "without scheme", id="any-host"),
        pytest.param("EBDEPLOY_HOSTS", "a..example", "without scheme", id="empty-label"),
        pytest.param("EBDEPLOY_HOSTS", "-a.example", "without scheme", id="hyphen-first"),
        pytest.param("EBDEPLOY_HOSTS", f"{'a' * 64}.example", "without scheme", id="long-label"),
        pytest.param("EBDEPLOY_HOSTS", ".".join(["a" * 60] * 5), "without scheme", id="long-name"),
        pytest.param("EBDEPLOY_HOSTS", "bücher.example", "xn--", id="unicode"),
        pytest.param("EBDEPLOY_PROXY", "nlb", "one of: none, alb, clb", id="unknown-proxy"),
        pytest.param("EBDEPLOY_HTTPS", "on", "one of: off, enforce", id="unknown-https"),
        pytest.param("EBDEPLOY_HSTS_SECONDS", "-1", "0 or more", id="negative"),
        pytest.param("EBDEPLOY_HSTS_SECONDS", "1h", "0 or more", id="unit"),
    ],
)
def test_a_bad_value_is_refused_with_variable_value_and_remedy(name: str, value: str, remedy: str):
    with pytest.raises(ImproperlyConfigured) as caught:
        from_env({name: value})
    assert name in str(caught.value)
    assert repr(value) in str(caught.value)
    assert remedy in str(caught.value)


@pytest.mark.parametrize(
    ("value", "header"),
    [
        pytest.param("", None, id="empty"),
        pytest.param("none", None, id="none"),
        pytest.param(" ALB ", ("HTTP_X_FORWARDED_PROTO", "https"), id="alb"),
        pytest.param("clb", ("HTTP_X_FORWARDED_PROTO", "https"), id="clb"),
    ],
)
def test_the_header_is_believed_only_behind_a_load_balancer(
    value: str, header: tuple[str, str] | None
):
    assert from_env({"EBDEPLOY_PROXY": value}).secure_proxy_ssl_header == header


def test_an_empty_number_means_zero():
    assert from_env({"EBDEPLOY_HSTS_SECONDS": " "}).hsts_seconds == 0
