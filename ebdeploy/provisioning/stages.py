"""What a stage of the plan gives back, and how stages read what was observed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from ebdeploy.facts.options import HOSTS
from ebdeploy.facts.state import (
    Certificate,
    Environment,
    Listener,
    Observed,
    Option,
    RecordSet,
    Unobserved,
)
from ebdeploy.provisioning.changes import Change

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that comes by itself: what, why it takes time, seconds to the next look.

    ``command`` is what a person can do instead of waiting; with it, waiting longer is useless.
    """

    what: str
    why: str
    every: float = 10.0
    command: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """The outcome of one stage; both empty: its goal is reached."""

    changes: tuple[Change, ...] = ()
    waiting: tuple[Waiting, ...] = ()


DONE = Stage()


def seen(value: T | Unobserved | None, default: T) -> T:
    """Return what was read, or the default where nothing is or could be read."""
    return default if value is None or isinstance(value, Unobserved) else value


def environment_of(observed: Observed) -> Environment:
    """Return the environment; provisioning never plans without one."""
    if not isinstance(observed.environment, Environment):
        raise TypeError("provisioning needs an observed environment")
    return observed.environment


def settings_of(observed: Observed) -> Mapping[Option, str]:
    """Return the effective option settings."""
    return seen(observed.settings, {})


def certificate_of(observed: Observed) -> Certificate | None:
    """Return the certificate in question, None without one."""
    return observed.certificate if isinstance(observed.certificate, Certificate) else None


def listener_on(observed: Observed, port: int) -> Listener | None:
    """Return the live listener of a port."""
    every = seen(observed.listeners, ())
    return next((listener for listener in every if listener.port == port), None)


def records_at(observed: Observed, zone_id: str, name: str) -> tuple[RecordSet, ...]:
    """Return the record sets of one name in a zone."""
    every = seen(observed.records.get(zone_id), ())
    return tuple(record for record in every if record.name == name)


def served_hosts(observed: Observed) -> tuple[str, ...]:
    """Return the hosts Django answers today: EBDEPLOY_HOSTS, or the EB host name while unset."""
    words = settings_of(observed).get(HOSTS, "").replace(",", " ").split()
    return tuple(words) or (environment_of(observed).cname,)
