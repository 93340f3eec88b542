"""The system checks: silent where all is right, one id a fault, each with a hint."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import override_settings

MIDDLEWARE = "ebdeploy.middleware.health_check"
SECURITY = "django.middleware.security.SecurityMiddleware"
COMMON = "django.middleware.common.CommonMiddleware"
RIGHT: dict[str, Any] = {
    "MIDDLEWARE": [MIDDLEWARE, SECURITY, COMMON],
    "ALLOWED_HOSTS": ["www.example.com", "mysite.ap-northeast-1.elasticbeanstalk.com"],
    "SECURE_SSL_REDIRECT": True,
    "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
}


def messages(**changes: Any) -> list[Any]:
    with override_settings(**{**RIGHT, **changes}):
        return run_checks(tags=["ebdeploy"], include_deployment_checks=True)


def test_a_project_that_is_right_hears_nothing():
    assert messages() == []


def test_the_checks_are_for_deployment_only():
    with override_settings(**{**RIGHT, "MIDDLEWARE": [], "ALLOWED_HOSTS": []}):
        assert run_checks() == []


@pytest.mark.parametrize(
    ("expected", "changes", "words"),
    [
        pytest.param("E001", {"MIDDLEWARE": [SECURITY]}, "is not in MIDDLEWARE", id="missing"),
        pytest.param(
            "E001",
            {"MIDDLEWARE": [SECURITY, COMMON, MIDDLEWARE]},
            f"stands behind {SECURITY} and {COMMON}",
            id="behind-both",
        ),
        pytest.param(
            "E001", {"MIDDLEWARE": [COMMON, MIDDLEWARE, SECURITY]}, f"behind {COMMON}", id="between"
        ),
        pytest.param("E002", {"EBDEPLOY_HEALTH_PATH": "/"}, "EBDEPLOY_HEALTH_PATH", id="bad-path"),
        pytest.param("W005", {"ALLOWED_HOSTS": ["*"]}, ": *.", id="any-host"),
        pytest.param("W005", {"ALLOWED_HOSTS": ["10.0.1.23"]}, "10.0.1.23", id="ipv4"),
        pytest.param("W005", {"ALLOWED_HOSTS": ["[2001:db8::1]"]}, "2001:db8", id="ipv6"),
        pytest.param("W005", {"ALLOWED_HOSTS": [".amazonaws.com"]}, "amazonaws", id="aws"),
        pytest.param(
            "W005",
            {"ALLOWED_HOSTS": ["a.example", ".us-east-1.elasticbeanstalk.com"]},
            ": .us-east-1.elasticbeanstalk.com.",
            id="everybodys-environments",
        ),
        pytest.param("W007", {"SECURE_PROXY_SSL_HEADER": None}, "circle", id="redirect-loop"),
        pytest.param("W010", {"ALLOWED_HOSTS": []}, "EBDEPLOY_HOSTS", id="no-hosts"),
    ],
)
def test_a_fault_has_one_message_with_a_hint(expected: str, changes: dict[str, Any], words: str):
    (message,) = messages(**changes)
    assert message.id == f"ebdeploy.{expected}"
    assert words in message.msg
    assert message.hint


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"MIDDLEWARE": ["x", MIDDLEWARE, SECURITY]}, id="harmless-one-first"),
        pytest.param({"EBDEPLOY_HEALTH_PATH": None, "MIDDLEWARE": []}, id="switched-off"),
        pytest.param({"ALLOWED_HOSTS": [".example.com"]}, id="own-subdomains"),
        pytest.param(
            {"SECURE_SSL_REDIRECT": False, "SECURE_PROXY_SSL_HEADER": None}, id="no-redirect"
        ),
    ],
)
def test_what_is_no_fault_is_not_named(changes: dict[str, Any]):
    assert messages(**changes) == []
