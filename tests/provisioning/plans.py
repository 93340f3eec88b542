"""Plans of observed states, and how to read them."""

from __future__ import annotations

from dataclasses import replace

from ebdeploy.diagnosis.graph import diagnose
from ebdeploy.facts import options as eb
from ebdeploy.facts.state import (
    Observed,
)
from ebdeploy.provisioning.desired import Desired
from ebdeploy.provisioning.plan import Plan, make_plan
from tests import states
from tests.states import NAMES, healthy, tutorial, with_settings


def plan(observed: Observed, *allow: str, **wishes: object) -> Plan:
    desired = Desired(names=NAMES, allow=frozenset(allow), **wishes)  # type: ignore[arg-type]  # a row's keywords
    return make_plan(desired, observed, diagnose(observed))


def waits(made: Plan) -> list[str]:
    return [waiting.what for waiting in made.waiting_for]


def codes(made: Plan) -> list[str]:
    return [finding.code for finding in made.blocked_by]


def issued(observed: Observed, **changes: object) -> Observed:
    records = {"Z1": (*states.APEX_RECORDS, *states.VALIDATION_RECORDS)}
    return replace(
        observed,
        certificate=states.CERTIFICATE,
        records=records,
        ssl_policies={eb.DEFAULT_SSL_POLICY: ("TLSv1.2", "TLSv1.3")},
        **changes,  # type: ignore[arg-type]  # a row's keywords
    )


def attached(**changes: object) -> Observed:
    """After update 1: 443 serves, nothing redirects, no alias yet."""
    observed = issued(
        tutorial(
            listeners=(states.HTTP, states.HTTPS),
            environment=states.ENVIRONMENT,
            targets=healthy().targets,
            wire=tuple(e for e in states.wire() if e.aim == "balancer"),
        )
    )
    observed = with_settings(
        observed,
        {
            **states.PROVISIONED,
            eb.REDIRECT_PATH: eb.REDIRECT_OFF,
            eb.HTTPS: None,
            eb.HOSTS: " ".join((*NAMES, states.CNAME)),
        },
    )
    return replace(observed, **changes)  # type: ignore[arg-type]  # a row's keywords
