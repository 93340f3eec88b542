"""Values in, strings out: how results are shown."""

from __future__ import annotations
