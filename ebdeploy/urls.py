"""The routes of the plain views: ``path("", include("ebdeploy.urls"))``. No I/O."""

from __future__ import annotations

import re

from django.urls import URLPattern, re_path

from ebdeploy import views
from ebdeploy.conf import conf

app_name = "ebdeploy"


def routes(path: str | None) -> list[URLPattern]:
    """Return the routes below the including URLconf; none when the health path is off."""
    if path is None:
        return []
    return [re_path(rf"^{re.escape(path.lstrip('/'))}/?$", views.health, name="health")]


urlpatterns = routes(conf.health_path)
