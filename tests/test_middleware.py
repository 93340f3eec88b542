"""The health answer through Django's own handlers, with strict hosts and the https redirect on."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from asgiref.sync import iscoroutinefunction
from django.core.exceptions import ImproperlyConfigured, MiddlewareNotUsed
from django.http import HttpRequest
from django.test import AsyncClient, Client, RequestFactory, override_settings

from ebdeploy.middleware import health_check

strict = override_settings(
    ALLOWED_HOSTS=["www.example.com"],
    SECURE_SSL_REDIRECT=True,
    SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
    MIDDLEWARE=[
        "ebdeploy.middleware.health_check",
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ],
)
CHECKER = {"host": "10.0.1.23", "user-agent": "ELB-HealthChecker/2.0"}


@strict
def test_other_pages_are_served_as_before():
    response = Client().get("/", headers={"host": "www.example.com", "x-forwarded-proto": "https"})
    assert (response.status_code, response.content) == (200, b"page https://www.example.com")


@strict
@pytest.mark.parametrize("path", ["/healthz", "/healthz/", "/healthz?deep=1"])
def test_the_load_balancer_gets_200_whatever_the_settings_refuse(path: str):
    response = Client().get(path, headers=CHECKER)
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert dict(response.headers) == {
        "Content-Type": "text/plain",
        "Content-Length": "3",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }


@strict
@pytest.mark.parametrize("host", ["10.0.1.23:80", "[2001:db8::1]", "evil.example", "", "a b"])
def test_every_host_gets_the_same_constant(host: str):
    response = Client().get("/healthz", headers={"host": host})
    assert (response.status_code, response.content) == (200, b"ok\n")


@strict
def test_the_path_counts_below_a_script_name_too():
    response = Client().get("/healthz", SCRIPT_NAME="/app", headers=CHECKER)
    assert response.wsgi_request.path == "/app/healthz"
    assert response.status_code == 200


@strict
def test_head_has_the_headers_of_get_and_no_body():
    response = Client().head("/healthz", headers=CHECKER)
    assert (response.status_code, response.content) == (200, b"")
    assert response["Content-Length"] == "3"


@strict
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_another_method_is_told_which_are_allowed(method: str):
    response = Client().generic(method, "/healthz", headers=CHECKER)
    assert (response.status_code, response.content) == (405, b"")
    assert (response["Allow"], response["Content-Length"]) == ("GET, HEAD", "0")


@strict
@pytest.mark.parametrize("path", ["/", "/healthz/x", "/healthzz", "/x/healthz", "/HEALTHZ"])
def test_the_checkers_name_opens_no_other_page(path: str, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.CRITICAL)
    assert Client().get(path, headers=CHECKER).status_code == 400


@strict
def test_a_check_opens_the_site_to_nobody(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.CRITICAL)
    forged = {"host": "10.0.1.23", "x-forwarded-proto": "https"}
    before = Client().get("/", headers=forged).status_code
    Client().get("/healthz", headers=forged)
    assert (before, Client().get("/", headers=forged).status_code) == (400, 400)


@strict
def test_a_passing_check_is_not_logged(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        Client().get("/healthz", headers=CHECKER)
    assert caplog.records == []


@strict
def test_the_asynchronous_stack_answers_alike():
    # Django's asynchronous test client always asks for the host "testserver".
    async def ask(path: str) -> tuple[int, bytes]:
        response = await AsyncClient().get(path, headers={"x-forwarded-proto": "https"})
        return response.status_code, response.content

    assert asyncio.run(ask("/healthz")) == (200, b"ok\n")
    with override_settings(ALLOWED_HOSTS=["testserver"]):
        assert asyncio.run(ask("/")) == (200, b"page https://testserver")


async def passing_async(request: HttpRequest) -> Any:
    return request


def test_before_an_asynchronous_layer_it_is_a_coroutine_itself():
    layer, page = health_check(passing_async), RequestFactory().get("/")
    assert iscoroutinefunction(layer)
    assert asyncio.run(layer(page)) is page
    assert not iscoroutinefunction(health_check(passing))


def passing(request: HttpRequest) -> Any:
    return request


def test_a_path_of_ones_own_takes_the_place_of_healthz():
    with override_settings(EBDEPLOY_HEALTH_PATH="/up/"):
        layer = health_check(passing)
    healthz = RequestFactory().get("/healthz")
    assert layer(RequestFactory().get("/up")).status_code == 200
    assert layer(healthz) is healthz


def test_none_takes_the_middleware_out():
    with override_settings(EBDEPLOY_HEALTH_PATH=None), pytest.raises(MiddlewareNotUsed):
        health_check(passing)


def test_a_bad_path_stops_the_server_at_start_up():
    with override_settings(EBDEPLOY_HEALTH_PATH="/"), pytest.raises(ImproperlyConfigured):
        health_check(passing)
