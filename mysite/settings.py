"""Settings of the tutorial's project, read from the environment."""

from __future__ import annotations

from pathlib import Path

import environ

import ebdeploy.settings

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
eb = ebdeploy.settings.from_env()

DEBUG = env.bool("DEBUG", default=False)

# Management commands work without the key; wsgi.py and asgi.py refuse to serve without it.
SECRET_KEY = env.str("DJANGO_SECRET_KEY", default="django-insecure-development" if DEBUG else "")

ALLOWED_HOSTS = eb.allowed_hosts
CSRF_TRUSTED_ORIGINS = eb.csrf_trusted_origins
SECURE_PROXY_SSL_HEADER = eb.secure_proxy_ssl_header
SECURE_SSL_REDIRECT = eb.secure_ssl_redirect
SESSION_COOKIE_SECURE = eb.secure_cookies
CSRF_COOKIE_SECURE = eb.secure_cookies
SECURE_HSTS_SECONDS = eb.hsts_seconds

EBDEPLOY_HEALTH_PATH = "/healthz"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "ebdeploy",
    "mysite",
]

MIDDLEWARE = [
    "ebdeploy.middleware.health_check",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "mysite.urls"
WSGI_APPLICATION = "mysite.wsgi.application"
ASGI_APPLICATION = "mysite.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# The SQLite file lies in the bundle's folder, which every deploy replaces: for a site that keeps
# data, set DATABASE_URL to a database outside the instance.
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{validator}"}
    for validator in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static"
