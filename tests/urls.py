"""The test suite's routes: one page that says which host and scheme it was asked by."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"page {request.scheme}://{request.get_host()}")


urlpatterns = [
    path("", page),
    path("site/", include("ebdeploy.urls")),
]
