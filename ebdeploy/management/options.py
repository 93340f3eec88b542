"""The options that our commands share, and how their values are found."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from ebdeploy.facts.errors import NoNames
from ebdeploy.facts.names import normalise_all
from ebdeploy.provisioning.desired import ALLOWANCES

UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}
LONGEST_WAIT = 72 * 3600  # ACM gives a pending certificate up after 72 hours


@dataclass(frozen=True, slots=True)
class Target:
    """Which environment of which application, where and with which credentials."""

    environment: str | None
    application: str | None
    region: str | None
    profile: str | None


def add_shared_options(parser: argparse.ArgumentParser) -> None:
    """Add the options every command takes."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="host names, main name first")
    parser.add_argument("--environment", help="Elastic Beanstalk environment")
    parser.add_argument("--application", help="Elastic Beanstalk application")
    parser.add_argument("--region", help="AWS region of the environment")
    parser.add_argument("--profile", help="profile of the AWS configuration")
    parser.add_argument("--format", choices=("text", "json"), default="text", dest="output_format")
    parser.add_argument("--output", metavar="FILE", help="write the result there, not to stdout")
    parser.add_argument("--sandbox", action="store_true", help="rehearse in the embedded AWS")


def add_wait_options(parser: argparse.ArgumentParser, default: str) -> None:
    """Add --wait and --no-wait."""
    parser.add_argument(
        "--wait", type=duration, default=duration(default), metavar="DURATION",
        help=f"wait up to 90, 15m or 2h (default {default})",
    )  # fmt: skip
    parser.add_argument(
        "--no-wait", action="store_const", const=0.0, dest="wait", help="do not wait for AWS"
    )


def add_provision_options(parser: argparse.ArgumentParser) -> None:
    """Add what only ``provision_domain`` takes."""
    add_wait_options(parser, "15m")
    parser.add_argument("--plan", action="store_true", help="show the plan and stop")
    parser.add_argument("--check", action="store_true", help="exit 4 when something would change")
    parser.add_argument(
        "--no-input", "--noinput", action="store_false", dest="interactive", help="do not ask"
    )
    parser.add_argument("--redirect", choices=("rule", "listener", "django"), default="rule")
    parser.add_argument(
        "--no-redirect", action="store_const", const="none", dest="redirect",
        help="serve https, and leave http as it is",
    )  # fmt: skip
    parser.add_argument("--keep-eb-host", action="store_true", help="go on serving the EB name")
    parser.add_argument("--ipv6", action="store_true", help="AAAA records (dualstack only)")
    parser.add_argument("--ssl-policy", metavar="NAME", help="security policy of listener 443")
    parser.add_argument(
        "--allow", action="append", default=[], choices=ALLOWANCES, metavar="ACT",
        help=f"lift one refusal: {', '.join(ALLOWANCES)}",
    )  # fmt: skip


def duration(text: str) -> float:
    """Return seconds for ``90``, ``90s``, ``15m`` or ``2h``, at most 72 hours.

    Raises ``argparse.ArgumentTypeError``, which ends a command with exit code 2.
    """
    match = re.fullmatch(r"(\d+)([smh]?)", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a duration such as 90, 15m or 2h")
    seconds = int(match[1]) * UNITS[match[2]]
    if seconds > LONGEST_WAIT:
        raise argparse.ArgumentTypeError(f"{text} is longer than 72h, after which ACM gives up")
    return float(seconds)


def find_target(
    options: Mapping[str, Any], environ: Mapping[str, str], folder: Path, world: Target
) -> Target:
    """Return the target: option, then environment variable, setting, world, EB CLI file."""
    file = read_eb_cli(folder)

    def pick(key: str, *others: str | None) -> str | None:
        return next((value for value in (options.get(key), *others) if value), None)

    def named(variable: str) -> tuple[str | None, str | None]:
        return environ.get(variable), getattr(settings, variable, None)

    return Target(
        environment=pick(
            "environment", *named("EBDEPLOY_ENVIRONMENT"), world.environment, file.environment
        ),
        application=pick(
            "application", *named("EBDEPLOY_APPLICATION"), world.application, file.application
        ),
        region=pick("region", world.region, environ.get("AWS_REGION"), file.region),
        profile=pick("profile", environ.get("AWS_PROFILE"), file.profile),
    )


def read_eb_cli(folder: Path) -> Target:
    """Return what ``eb init`` and ``eb use`` wrote to .elasticbeanstalk/config.yml."""
    path = folder / ".elasticbeanstalk" / "config.yml"
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, yaml.YAMLError):
        return Target(None, None, None, None)
    branches = document.get("branch-defaults") or {}
    branch = branches.get(_git_branch(folder)) or branches.get("default") or {}
    common = document.get("global") or {}
    return Target(
        environment=branch.get("environment"),
        application=common.get("application_name"),
        region=common.get("default_region"),
        profile=common.get("profile"),
    )


def find_names(given: list[str], environment: str | None) -> tuple[str, ...]:
    """Return the normalised names: given, else those of EBDEPLOY_SITES for the environment.

    Raises ``BadName`` for a name no certificate can carry, ``NoNames`` when there is none.
    """
    sites: Mapping[str, list[str]] = getattr(settings, "EBDEPLOY_SITES", {})
    names = normalise_all(given or sites.get(environment or "", ()))
    if not names:
        raise NoNames(environment)
    return names


def _git_branch(folder: Path) -> str:
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--abbrev-ref", "HEAD"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        )
    except OSError:
        return ""
    return done.stdout.strip()
