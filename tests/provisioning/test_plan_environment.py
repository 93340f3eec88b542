from __future__ import annotations

from dataclasses import replace

import pytest

from ebdeploy.facts import options as eb
from ebdeploy.facts.state import (
    Rule,
)
from ebdeploy.provisioning.changes import (
    ChangeRecords,
    UpdateEnvironment,
)
from tests import states
from tests.provisioning.plans import attached, codes, issued, plan, waits
from tests.states import NAMES, healthy, tutorial, with_settings


def test_the_first_update_serves_https_and_redirects_nothing() -> None:
    (change,) = plan(issued(tutorial())).changes
    assert isinstance(change, UpdateEnvironment)
    assert change.settings[eb.LISTENER_CERTIFICATE] == states.CERTIFICATE_ARN
    assert change.settings[eb.LISTENER_POLICY] == eb.DEFAULT_SSL_POLICY
    assert change.settings[eb.PROXY] == "alb"
    assert eb.REDIRECT_PATH not in change.settings
    assert eb.HTTPS not in change.settings


def test_the_first_update_drops_no_host_that_is_served() -> None:
    (change,) = plan(issued(tutorial())).changes
    assert isinstance(change, UpdateEnvironment)
    assert change.settings[eb.HOSTS].split() == [*NAMES, states.CNAME]


def test_the_first_update_announces_the_gravest_severity() -> None:
    (change,) = plan(issued(tutorial())).changes
    assert isinstance(change, UpdateEnvironment)
    assert change.severity == "RestartApplicationServer"


def test_a_consoles_health_path_is_removed_so_that_the_file_surfaces() -> None:
    (change,) = plan(issued(tutorial())).changes
    assert isinstance(change, UpdateEnvironment)
    assert change.removals == (eb.HEALTH_PATH,)
    assert eb.HEALTH_PATH not in change.settings


def test_a_shadow_that_eb_does_not_let_go_is_set() -> None:
    stubborn = {**states.DETAILS, eb.HEALTH_PATH: states.DETAILS[eb.MATCHER]}
    (change,) = plan(issued(tutorial(option_details=stubborn))).changes
    assert isinstance(change, UpdateEnvironment)
    assert change.removals == ()
    assert change.settings[eb.HEALTH_PATH] == "/healthz"


def test_the_health_path_stays_until_it_answers() -> None:
    failing = states.exchange("balancer", "http", states.CNAME, "/healthz", status=404)
    made = plan(tutorial(wire=(failing,)))
    assert codes(made) == ["HTTP017"]


def test_a_matcher_of_400_opens_for_200_before_anything_else() -> None:
    failing = states.exchange("balancer", "http", states.CNAME, "/healthz", status=400)
    observed = with_settings(issued(tutorial(wire=(failing,))), {eb.MATCHER: "400"})
    (change,) = plan(observed).changes
    assert isinstance(change, UpdateEnvironment)
    assert change.settings[eb.MATCHER] == "200,400"
    assert change.removals == ()


def test_a_region_without_the_policy_gets_the_next_best() -> None:
    older = {"ELBSecurityPolicy-TLS13-1-2-Res-2021-06": ("TLSv1.2", "TLSv1.3")}
    (change,) = plan(replace(issued(tutorial()), ssl_policies=older)).changes
    assert isinstance(change, UpdateEnvironment)
    assert change.settings[eb.LISTENER_POLICY] == "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"


def test_an_old_policy_stays_until_tightening_is_allowed() -> None:
    old = "ELBSecurityPolicy-2016-08"
    listeners = (states.HTTP, replace(states.HTTPS, ssl_policy=old))
    observed = with_settings(healthy(listeners=listeners), {eb.LISTENER_POLICY: old})
    assert plan(observed).is_empty
    (change,) = plan(observed, "tighten-tls").changes
    assert isinstance(change, UpdateEnvironment)
    assert change.settings == {eb.LISTENER_POLICY: eb.DEFAULT_SSL_POLICY}


def test_aliases_wait_for_the_proof_at_the_load_balancer() -> None:
    refused = states.exchange(
        "balancer", "https", "example.com", "/", error="refused", status=None, detail="refused"
    )
    made = plan(attached(wire=(refused,)))
    assert waits(made) == ["https on the load balancer"]
    assert not made.changes


def test_a_proven_listener_lets_the_aliases_in() -> None:
    (change,) = plan(attached()).changes
    assert isinstance(change, ChangeRecords)
    assert change.creates == states.ALIASES


def test_the_second_update_waits_for_every_name_server() -> None:
    observed = attached(records={"Z1": healthy().records["Z1"]})
    assert waits(plan(observed)) == ["alias records on every name server"]


def test_the_second_update_redirects_and_drops_the_eb_host() -> None:
    observed = attached(records=healthy().records, dns=states.dns(provisioned=True))
    (change,) = plan(observed).changes
    assert isinstance(change, UpdateEnvironment)
    assert change.settings == {
        eb.REDIRECT_PATH: eb.REDIRECT_ON,
        eb.HTTPS: "enforce",
        eb.HOSTS: " ".join(NAMES),
    }


@pytest.mark.parametrize(
    ("wishes", "settings"),
    [
        pytest.param({"redirect": "none"}, {eb.HOSTS: " ".join(NAMES)}, id="no-redirect"),
        pytest.param(
            {"redirect": "django"},
            {eb.HOSTS: " ".join(NAMES), eb.HTTPS: "enforce"},
            id="redirect-by-django",
        ),
        pytest.param(
            {"keep_eb_host": True},
            {eb.REDIRECT_PATH: eb.REDIRECT_ON, eb.HTTPS: "enforce"},
            id="keep-eb-host",
        ),
    ],
)
def test_the_second_update_follows_the_order(wishes: dict[str, object], settings: object) -> None:
    observed = attached(records=healthy().records, dns=states.dns(provisioned=True))
    (change,) = plan(observed, **wishes).changes
    assert isinstance(change, UpdateEnvironment)
    assert change.settings == settings


def test_a_rule_that_needs_a_deploy_names_it() -> None:
    made = plan(healthy(rules=(states.INERT_RULE, states.DEFAULT_RULE)))
    assert [waiting.command for waiting in made.waiting_for] == ["eb deploy"]


def test_a_redirect_for_some_hosts_is_not_the_redirect() -> None:
    partial = Rule("r", 1, ("/*",), ("other.example.com",), (states.REDIRECT,))
    made = plan(healthy(rules=(partial, states.DEFAULT_RULE)))
    assert waits(made) == ["redirect at the load balancer"]
