from __future__ import annotations

import time

import pytest

from ebdeploy.facts.clock import Clock


def test_no_time_passes_for_zero_or_less() -> None:
    started = time.monotonic()
    Clock().sleep(0)
    Clock().sleep(-5)
    assert time.monotonic() - started < 0.05


def test_clock_seconds_pass_faster_than_real_ones() -> None:
    clock = Clock(scale=100)
    began, started = clock.monotonic(), time.monotonic()
    clock.sleep(2)
    real = time.monotonic() - started
    assert real < 1
    assert clock.monotonic() - began == pytest.approx(real * 100, rel=0.2)
