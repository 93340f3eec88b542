"""The embedded AWS: servers on loopback that behave, and fail, as AWS does."""

from __future__ import annotations
