"""The answer to the load balancer's health check, given before any host check.

Comes in: every request. Goes out: 200 for the health path, everything else to the next layer.
Pure apart from reading the settings once at start-up: no host look-up, session, database, cache.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from ebdeploy.conf import conf

_BODY = b"ok\n"


def answer(request: HttpRequest) -> HttpResponse:
    """Return the constant answer: 200 ``ok`` to GET and HEAD, 405 to any other method.

    It says the same to every ``Host``, so there is nothing to forge. Content-Length is set here
    because ``CommonMiddleware``, which sets it elsewhere, stands behind us; for HEAD it is that
    of GET (RFC 9110, section 8.6).
    """
    if request.method not in ("GET", "HEAD"):
        response = HttpResponse(status=405, content_type="text/plain")
        response["Allow"] = "GET, HEAD"
        response["Content-Length"] = "0"
    else:
        body = _BODY if request.method == "GET" else b""
        response = HttpResponse(body, content_type="text/plain")
        response["Content-Length"] = str(len(_BODY))
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@sync_and_async_middleware
def health_check(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Answer ``EBDEPLOY_HEALTH_PATH``, with or without a trailing slash; pass on the rest.

    It must stand first in ``MIDDLEWARE``: the load balancer asks by the instance's address, which
    ``SecurityMiddleware`` and ``CommonMiddleware`` refuse with 400 or redirect with 301.
    Raises ``MiddlewareNotUsed`` when the path is None.
    """
    path = conf.health_path
    if path is None:
        raise MiddlewareNotUsed("EBDEPLOY_HEALTH_PATH is None")
    paths = (path, f"{path}/")

    if iscoroutinefunction(get_response):
        ahead: Callable[[HttpRequest], Awaitable[HttpResponseBase]] = get_response

        async def answer_async(request: HttpRequest) -> HttpResponseBase:
            if request.path_info in paths:
                return answer(request)
            return await ahead(request)

        return answer_async

    def answer_sync(request: HttpRequest) -> HttpResponseBase:
        if request.path_info in paths:
            return answer(request)
        response: HttpResponseBase = get_response(request)
        return response

    return answer_sync
