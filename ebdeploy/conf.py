"""The project's own EBDEPLOY_* settings, typed. Reads ``django.conf.settings``; no I/O."""

from __future__ import annotations

import re

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

# Characters a load balancer sends unchanged and a path of ours needs; no escapes, no query.
_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)+")


class Conf:
    """Typed views of the settings, read at each access so that ``override_settings`` holds."""

    @property
    def health_path(self) -> str | None:
        """Return EBDEPLOY_HEALTH_PATH without a trailing slash, or None when it is switched off.

        Raises ``ImproperlyConfigured`` for a path that could never be asked for, or that would
        take the place of the home page.
        """
        value = getattr(settings, "EBDEPLOY_HEALTH_PATH", "/healthz")
        if value is None:
            return None
        path = value.rstrip("/") if isinstance(value, str) else ""
        if not _PATH.fullmatch(path):
            raise ImproperlyConfigured(
                f"EBDEPLOY_HEALTH_PATH is {value!r}, which is not a path below the root. "
                "Write one that starts with a slash and holds letters, digits and . _ ~ -, "
                'such as "/healthz", or None to switch the answer off.'
            )
        return path


conf = Conf()
