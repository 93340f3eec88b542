"""The Django app; registers the system checks. No I/O."""

from __future__ import annotations

from django.apps import AppConfig


class EbdeployConfig(AppConfig):
    """The web side of ebdeploy."""

    name = "ebdeploy"
    verbose_name = "EB deployment"
