from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebdeploy.facts.errors import BadName
from ebdeploy.facts.names import normalise, normalise_all, registrable_domain, to_unicode

ACM_NAME = re.compile(
    r"(\*\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("www.example.com", "www.example.com", id="unchanged"),
        pytest.param("WWW.Example.COM.", "www.example.com", id="case-and-dot"),
        pytest.param(" example.com ", "example.com", id="spaces-around"),
        pytest.param("例え.jp", "xn--r8jz45g.jp", id="unicode"),
        pytest.param("xn--r8jz45g.jp", "xn--r8jz45g.jp", id="punycode"),
        pytest.param("*.Example.com", "*.example.com", id="wildcard"),
        pytest.param("a.example.co.uk", "a.example.co.uk", id="two-label-suffix"),
    ],
)
def test_a_good_name_is_normalised(text: str, expected: str) -> None:
    assert expected == normalise(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("https://www.example.com/", "CFG001", id="url"),
        pytest.param("example.com:443", "CFG001", id="port"),
        pytest.param("user@example.com", "CFG001", id="mail-address"),
        pytest.param("a_b.example.com", "CFG001", id="underscore"),
        pytest.param("", "CFG001", id="empty"),
        pytest.param("*", "CFG001", id="star"),
        pytest.param("a b.example.com", "CFG001", id="space-inside"),
        pytest.param("10.0.0.1", "CFG002", id="ipv4"),
        pytest.param("::1", "CFG002", id="ipv6"),
        pytest.param("[2001:db8::1]", "CFG002", id="ipv6-in-brackets"),
        pytest.param("１２７.0.0.1", "CFG002", id="full-width-digits"),
        pytest.param("ab--x.com", "CFG003", id="hyphens-three-and-four"),
        pytest.param("xn--a.com", "CFG003", id="bad-punycode"),
        pytest.param("a" * 64 + ".com", "CFG004", id="long-label"),
        pytest.param("com", "CFG005", id="top-level-domain"),
        pytest.param("foo.kawasaki.jp", "CFG005", id="wildcard-suffix"),
        pytest.param("example.invalid", "CFG005", id="unknown-top-level-domain"),
        pytest.param("mysite.ap-northeast-1.elasticbeanstalk.com", "CFG006", id="eb-name"),
        pytest.param("x.cloudfront.net", "CFG006", id="cloudfront"),
    ],
)
def test_a_bad_name_is_refused_with_its_code_and_a_remedy(text: str, code: str) -> None:
    with pytest.raises(BadName) as caught:
        normalise(text)
    assert code == caught.value.code
    assert caught.value.remedy
    assert caught.value.exit_code == 2


def test_the_remedy_of_a_url_names_its_host() -> None:
    with pytest.raises(BadName) as caught:
        normalise("https://www.example.com/shop?a=1")
    assert caught.value.remedy == "Give the host name alone: www.example.com"


def test_a_set_of_names_keeps_its_order_and_loses_repetitions() -> None:
    names = normalise_all(["www.example.com", "Example.com", "example.com."])
    assert names == ("www.example.com", "example.com")


def test_no_names_are_no_names() -> None:
    assert normalise_all([]) == ()


def test_a_wildcard_stands_only_beside_its_apex() -> None:
    assert normalise_all(["example.com", "*.example.com"]) == ("example.com", "*.example.com")
    with pytest.raises(BadName, match="apex") as caught:
        normalise_all(["*.example.com"])
    assert caught.value.code == "CFG008"


def test_an_eleventh_name_is_refused() -> None:
    with pytest.raises(BadName, match="number 11") as caught:
        normalise_all([f"a{i}.example.com" for i in range(11)])
    assert caught.value.code == "CFG007"


def test_the_first_name_must_fit_the_common_name() -> None:
    long = ".".join(["a" * 30, "b" * 30, "example.com"])
    assert normalise_all(["example.com", long]) == ("example.com", long)
    with pytest.raises(BadName, match="64") as caught:
        normalise_all([long])
    assert caught.value.code == "CFG004"


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        pytest.param("example.com", "example.com", id="apex"),
        pytest.param("a.b.example.co.uk", "example.co.uk", id="below-two-labels"),
        pytest.param("*.example.com", "example.com", id="wildcard"),
    ],
)
def test_the_registrable_domain_is_one_label_below_the_suffix(name: str, domain: str) -> None:
    assert domain == registrable_domain(name)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        pytest.param("www.example.com", "www.example.com", id="ascii"),
        pytest.param("xn--r8jz45g.jp", "例え.jp", id="idn"),
        pytest.param("xn--a.com", "xn--a.com", id="undecodable"),
    ],
)
def test_names_are_shown_as_people_read_them(name: str, shown: str) -> None:
    assert shown == to_unicode(name)


@given(st.text(max_size=80))
def test_any_text_gives_a_name_acm_takes_or_our_own_error(text: str) -> None:
    with contextlib.suppress(BadName):
        name = normalise(text)
        assert ACM_NAME.fullmatch(name)
        assert name == normalise(name)
