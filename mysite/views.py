"""The one page of the tutorial's project: which host and scheme it was asked by."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "mysite/home.html",
        {"host": request.get_host(), "scheme": request.scheme, "secure": request.is_secure()},
    )
