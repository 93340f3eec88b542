"""The health answer as a plain view, for those who want it in their URLconf. No I/O.

It is the weaker form: a view is reached only after every middleware, so the load balancer, which
asks by the instance's address, gets 400 from ``ALLOWED_HOSTS`` or 301 from ``SECURE_SSL_REDIRECT``
first, and with ``ATOMIC_REQUESTS`` 500 while the database is down. It serves a monitor that asks
by the site's name; for the load balancer use ``ebdeploy.middleware.health_check``.
"""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from ebdeploy import middleware


@login_not_required
@csrf_exempt
def health(request: HttpRequest) -> HttpResponse:
    """Return what the middleware answers, log-in and CSRF token or not."""
    return middleware.answer(request)
