"""The one condition of serving: a secret key that all worker processes share."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def require_secret_key() -> None:
    """Raise ``ImproperlyConfigured`` at start-up instead of failing at the first form.

    A key made up by each process would differ from worker to worker, and the sessions and forms
    of one would be refused by the next.
    """
    try:
        _ = settings.SECRET_KEY
    except ImproperlyConfigured as error:
        raise ImproperlyConfigured(
            "The environment variable DJANGO_SECRET_KEY is not set. Run: eb setenv "
            "DJANGO_SECRET_KEY=$(python3 -c 'import secrets; print(secrets.token_urlsafe(50))')"
        ) from error
