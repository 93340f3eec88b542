"""The values that every layer shares: names, state, errors. No I/O but the clock."""

from __future__ import annotations
