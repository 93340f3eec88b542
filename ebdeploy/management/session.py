"""Everything a command needs, bound together once: world, doors, clock, target, names."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ebdeploy.aws.clients import Clients
from ebdeploy.conf import conf
from ebdeploy.facts.clock import Clock
from ebdeploy.facts.dns import DnsFacts, Question
from ebdeploy.facts.errors import NoEnvironment
from ebdeploy.facts.state import RepositoryOptions
from ebdeploy.facts.wire import Exchange, Request
from ebdeploy.facts.world import World
from ebdeploy.management.options import Target, find_names, find_target
from ebdeploy.management.worlds import open_world
from ebdeploy.network.probe import probe_all
from ebdeploy.network.resolver import Walker, resolve_addresses
from ebdeploy.provisioning.ebextensions import read_extensions
from ebdeploy.provisioning.observe import Observer, Place


@dataclass(slots=True)
class WorldNetwork:
    """The network door of one world; a fresh walk each time, since DNS changes meanwhile."""

    world: World
    queries: int = 0

    def look(self, questions: Iterable[Question], zones: Iterable[str]) -> DnsFacts:
        """Walk from the root and ask every authoritative server."""
        facts = Walker(self.world).look(questions, zones)
        self.queries += facts.queries
        return facts

    def addresses(self, name: str) -> tuple[str, ...]:
        """Resolve a name that AWS owns."""
        return resolve_addresses(self.world, name)

    def probe_all(self, requests: Iterable[Request]) -> tuple[Exchange, ...]:
        """Make the requests, answers in the same order."""
        return probe_all(self.world, requests)


@dataclass(slots=True)
class Session:
    """One run of a command."""

    world: World
    target: Target
    names: tuple[str, ...]
    clients: Clients
    network: WorldNetwork
    folder: Path
    started: float = field(default_factory=time.monotonic)

    @property
    def clock(self) -> Clock:
        """Return the clock of the world."""
        return Clock(self.world.time_scale)

    def observer(self) -> Observer:
        """Return the observer of the environment; raises ``NoEnvironment`` without one."""
        if not self.target.environment:
            raise NoEnvironment("environment")
        place = Place(self.target.environment, self.clients.region or "", self.target.application)
        return Observer(
            self.clients,
            self.network,
            place,
            repository=read_repository(self.folder),
            health_path=conf.health_path or "/healthz",
        )

    def stats(self, rounds: int) -> dict[str, float]:
        """Return the counts of this run; ``seconds`` are real ones."""
        tally = self.clients.tally
        return {
            "api_calls": tally.calls,
            "api_writes": tally.writes,
            "api_polls": tally.polls,
            "dns_queries": self.network.queries,
            "rounds": rounds,
            "seconds": round(time.monotonic() - self.started, 3),
        }


@contextmanager
def open_session(options: Mapping[str, Any]) -> Iterator[Session]:
    """Yield the session that the options describe; an own sandbox ends with it.

    Names are judged before anything is asked, so that a typing error costs nothing.
    """
    folder = project_folder()
    environment = find_target(options, os.environ, folder, Target(None, None, None, None))
    names = find_names(options["names"], environment.environment)
    with open_world(options["sandbox"], os.environ, folder) as world:
        there = Target(world.environment, world.application, world.region, None)
        target = find_target(options, os.environ, folder, there)
        clients = Clients(world, target.region, None if world.is_sandbox else target.profile)
        yield Session(world, target, names, clients, WorldNetwork(world), folder)


def project_folder() -> Path:
    """Return the folder of manage.py, else the current one."""
    script = Path(sys.argv[0])
    return script.resolve().parent if script.name == "manage.py" else Path.cwd()


def read_repository(folder: Path) -> RepositoryOptions:
    """Return what the project's own .ebextensions say."""
    files = sorted((folder / ".ebextensions").glob("*.config"))
    return read_extensions(
        {f".ebextensions/{f.name}": f.read_text(encoding="utf-8", errors="replace") for f in files}
    )
