"""The plain view: the same answers, by the site's name only."""

from __future__ import annotations

import logging

import pytest
from django.test import Client, override_settings

from ebdeploy import urls

behind_everything = override_settings(
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
    ],
)
SITE = {"host": "www.example.com"}


@behind_everything
@pytest.mark.parametrize("path", ["/site/healthz", "/site/healthz/"])
def test_the_site_name_gets_200_without_log_in(path: str):
    response = Client(enforce_csrf_checks=True).get(path, headers=SITE)
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert response["Cache-Control"] == "no-store"


@behind_everything
def test_another_method_gets_405_without_csrf_token():
    response = Client(enforce_csrf_checks=True).post("/site/healthz", headers=SITE)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


@behind_everything
def test_the_load_balancer_is_refused_which_makes_it_the_weaker_form(
    caplog: pytest.LogCaptureFixture,
):
    caplog.set_level(logging.CRITICAL)
    assert Client().get("/site/healthz", headers={"host": "10.0.1.23"}).status_code == 400


def test_a_path_that_is_off_has_no_route():
    assert urls.routes(None) == []
    assert [route.name for route in urls.routes("/up")] == ["health"]
