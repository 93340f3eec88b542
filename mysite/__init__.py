"""The tutorial's project."""

from __future__ import annotations
