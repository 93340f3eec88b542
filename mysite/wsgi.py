"""The WSGI application; it refuses to start without DJANGO_SECRET_KEY."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from mysite.serving import require_secret_key

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")

require_secret_key()
application = get_wsgi_application()
