"""What is wrong, and why: pure checks over observed facts."""

from __future__ import annotations
