"""EBDEPLOY_HEALTH_PATH: the default, off, normalised, refused."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from ebdeploy.conf import conf


def test_without_a_setting_the_path_is_healthz():
    assert conf.health_path == "/healthz"


@pytest.mark.parametrize(
    ("value", "path"),
    [
        pytest.param(None, None, id="off"),
        pytest.param("/up", "/up", id="own"),
        pytest.param("/up/", "/up", id="trailing-slash"),
        pytest.param("/ops/health_1.x~-", "/ops/health_1.x~-", id="nested"),
    ],
)
def test_a_path_of_ones_own_is_taken(value: str | None, path: str | None):
    with override_settings(EBDEPLOY_HEALTH_PATH=value):
        assert conf.health_path == path


@pytest.mark.parametrize("value", ["", "/", "//", "healthz", "/a b", "/a?b", "/a//b", "/ä", 5])
def test_a_path_nobody_can_ask_for_is_refused(value: object):
    with (
        override_settings(EBDEPLOY_HEALTH_PATH=value),
        pytest.raises(ImproperlyConfigured, match=r"EBDEPLOY_HEALTH_PATH is .*Write one"),
    ):
        _ = conf.health_path
