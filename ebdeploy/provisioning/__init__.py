"""From desired and observed state to a plan, and from the plan to AWS."""

from __future__ import annotations
