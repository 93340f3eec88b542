"""The Django app; registers the system checks. No I/O."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class EbdeployConfig(AppConfig):
    """The web side of ebdeploy."""

    name = "ebdeploy"
    verbose_name = "EB deployment"

    def ready(self) -> None:
        """Register the system checks."""
        import_module("ebdeploy.checks")
