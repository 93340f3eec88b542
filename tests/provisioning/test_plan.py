from __future__ import annotations

from dataclasses import replace

import pytest

from ebdeploy.diagnosis.findings import Auto, Finding, Fix, Severity
from ebdeploy.diagnosis.graph import diagnose
from ebdeploy.facts import options as eb
from ebdeploy.facts.state import (
    AliasTarget,
    Certificate,
    Observed,
    RecordSet,
    Registration,
    RepositoryOptions,
    Rule,
)
from ebdeploy.provisioning.changes import (
    KNOWN_AFTER,
    ChangeRecords,
    CreateZone,
    RequestCertificate,
    UpdateEnvironment,
    UpdateNameServers,
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


def test_a_healthy_site_needs_nothing() -> None:
    assert plan(healthy()).is_empty


def test_the_first_round_requests_the_certificate_and_shows_the_rest() -> None:
    made = plan(tutorial())
    assert [type(change) for change in made.changes] == [RequestCertificate]
    assert [change.op for change in made.later] == [
        "change-records",
        "update-environment",
        "change-records",
        "update-environment",
    ]
    assert KNOWN_AFTER in made.later[0].describe()
    assert not made.blocked_by


def test_the_same_order_asks_with_the_same_token() -> None:
    first, second = plan(tutorial()).changes[0], plan(tutorial()).changes[0]
    assert first == second


def test_after_a_failed_certificate_the_token_is_a_new_one() -> None:
    dead = replace(states.CERTIFICATE, status="VALIDATION_TIMED_OUT", arn="arn:dead")
    fresh, again = plan(tutorial()), plan(tutorial(certificate=dead, certificates=(dead,)))
    assert isinstance(fresh.changes[0], RequestCertificate)
    assert isinstance(again.changes[0], RequestCertificate)
    assert fresh.changes[0].token != again.changes[0].token


def test_a_pending_certificate_gets_its_validation_records() -> None:
    pending = replace(
        states.CERTIFICATE,
        status="PENDING_VALIDATION",
        validations=tuple(states.validation(name, "PENDING_VALIDATION") for name in NAMES),
    )
    (change,) = plan(tutorial(certificate=pending)).changes
    assert isinstance(change, ChangeRecords)
    assert {record.name for record in change.creates} == {f"_token.{name}" for name in NAMES}
    assert change.zone_id == "Z1"


def test_validation_records_that_acm_has_not_named_are_awaited() -> None:
    unnamed = tuple(replace(states.validation(n, "PENDING_VALIDATION"), record=None) for n in NAMES)
    pending = replace(states.CERTIFICATE, status="PENDING_VALIDATION", validations=unnamed)
    made = plan(tutorial(certificate=pending))
    assert waits(made) == ["validation records"]
    assert not made.changes


def test_a_wrong_validation_value_is_replaced_by_its_exact_old_one() -> None:
    wrong = RecordSet("_token.example.com", "CNAME", 300, ("_old.acm-validations.aws.",))
    observed = healthy(
        records={"Z1": (*states.APEX_RECORDS, wrong, states.VALIDATION_RECORDS[0], *states.ALIASES)}
    )
    (change,) = plan(observed).changes
    assert isinstance(change, ChangeRecords)
    assert change.deletes == (wrong,)


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


def test_an_environment_that_is_updating_is_awaited() -> None:
    updating = replace(states.ENVIRONMENT, status="Updating")
    made = plan(tutorial(environment=updating))
    assert waits(made) == ["environment django-env Ready"]
    assert not made.changes


def test_moving_name_servers_needs_the_named_consent() -> None:
    stale = Registration("example.com", states.OLD_SERVERS)
    observed = tutorial(
        registrations={"example.com": stale},
        dns=states.dns(provisioned=False, servers=states.OLD_SERVERS),
    )
    refusing = replace(observed, dns=replace(observed.dns, lookups={}))
    assert "DNS002" in codes(plan(refusing))
    (change,) = plan(refusing, "update-nameservers").changes
    assert change == UpdateNameServers("example.com", states.OLD_SERVERS, states.SERVERS)


def test_a_registry_that_lags_is_awaited() -> None:
    observed = tutorial(dns=states.dns(provisioned=False, servers=states.OLD_SERVERS))
    observed = replace(observed, dns=replace(observed.dns, lookups={}))
    assert waits(plan(observed, "update-nameservers")) == ["delegation of example.com"]


def test_moving_name_servers_loses_no_mail() -> None:
    mail = {
        **states.lookups(provisioned=False),
        states.Question("example.com", "MX"): states.answers(
            "example.com", "MX", "10 mail.example."
        ),
    }
    observed = tutorial(
        registrations={"example.com": Registration("example.com", states.OLD_SERVERS)},
        dns=replace(states.dns(provisioned=False, servers=states.OLD_SERVERS), lookups=mail),
    )
    assert "DNS031" in codes(plan(observed, "update-nameservers"))
    allowed = plan(observed, "update-nameservers", "lose-records")
    assert [type(change) for change in allowed.changes] == [UpdateNameServers]


def test_a_zone_is_created_for_a_domain_registered_here() -> None:
    observed = tutorial(zones=(), records={})
    (change,) = plan(observed).changes
    assert isinstance(change, CreateZone)
    assert change.domain == "example.com"
    assert len(set(change.references)) == 5


def test_a_zone_for_a_domain_registered_elsewhere_needs_consent() -> None:
    observed = tutorial(zones=(), records={}, registrations={"example.com": None})
    assert "DNS003" in codes(plan(observed))


def test_a_name_that_is_served_is_not_dropped_by_accident() -> None:
    blog = RecordSet("blog.example.com", "A", alias=AliasTarget("Z1R25G3KIG2GBW", states.CNAME))
    observed = healthy(records={"Z1": (*healthy().records["Z1"], blog)})  # type: ignore[misc]  # read in the table
    assert codes(plan(observed)) == ["OPS005"]
    (change,) = plan(observed, "remove-name").changes
    assert isinstance(change, ChangeRecords)
    assert change.deletes == (blog,)


def test_a_foreign_record_is_replaced_only_with_consent() -> None:
    foreign = RecordSet("www.example.com", "A", 300, ("203.0.113.9",))
    records = {"Z1": (*states.APEX_RECORDS, *states.VALIDATION_RECORDS, foreign, states.ALIASES[1])}
    observed = healthy(records=records)
    assert "DNS021" in codes(plan(observed))
    (change,) = plan(observed, "replace-record").changes
    assert isinstance(change, ChangeRecords)
    assert (change.deletes, change.creates) == ((foreign,), (states.ALIASES[0],))


def test_a_listener_that_eb_did_not_make_blocks() -> None:
    observed = issued(tutorial(listeners=(states.HTTP, states.HTTPS)))
    assert codes(plan(observed)) == ["EB021"]


def test_a_bundle_without_the_redirect_file_blocks_unless_django_redirects() -> None:
    observed = with_settings(tutorial(), {eb.REDIRECT_PATH: None})
    assert codes(plan(observed)) == ["EB020"]
    assert not plan(observed, redirect="django").blocked_by


def test_a_bundle_without_the_health_file_blocks() -> None:
    assert codes(plan(tutorial(bundle=RepositoryOptions()))) == ["EB022"]


def test_an_ipv6_order_needs_a_dualstack_balancer() -> None:
    assert codes(plan(tutorial(), ipv6=True)) == ["DNS032"]
    dual = replace(states.BALANCER, ip_address_type="dualstack")
    (change,) = plan(healthy(balancer=dual), ipv6=True).changes
    assert isinstance(change, ChangeRecords)
    assert {record.type for record in change.creates} == {"AAAA"}


def test_caa_is_edited_only_with_consent() -> None:
    caa = RecordSet("example.com", "CAA", 300, ('0 issue "letsencrypt.org"',))
    lookups = {
        **states.lookups(provisioned=False),
        states.Question("example.com", "CAA"): states.answers(
            "example.com", "CAA", '0 issue "letsencrypt.org"'
        ),
    }
    observed = tutorial(
        records={"Z1": (*states.APEX_RECORDS, caa)},
        dns=replace(states.dns(provisioned=False), lookups=lookups),
    )
    assert "CAA001" in codes(plan(observed))
    (change,) = plan(observed, "edit-caa").changes
    assert isinstance(change, ChangeRecords)
    assert change.deletes == (caa,)
    assert change.creates[0].values == (*caa.values, '0 issue "amazon.com"')


def test_a_bad_site_is_awaited_at_the_end() -> None:
    broken = states.exchange("site", "https", "example.com", "/", status=500)
    observed = healthy(
        wire=tuple(broken if e.url == broken.url and e.aim == "site" else e for e in states.wire())
    )
    assert waits(plan(observed)) == ["the site answers"]


def test_unhealthy_targets_are_awaited_at_the_end() -> None:
    made = plan(healthy(targets=tutorial().targets))
    assert waits(made) == ["targets healthy"]


def test_a_human_problem_blocks_and_its_consequences_do_not_stand_beside_it() -> None:
    root = Finding("DNS009", Severity.FATAL, "x", "dead", fix=(Fix("call them"),))
    result = Finding("ACM010", Severity.ERROR, "x", "missing").because_of("DNS009")
    repaired = Finding("ACM001", Severity.ERROR, "x", "none", fix=(Fix("x", auto=Auto.APPLY),))
    made = make_plan(Desired(NAMES), tutorial(), [root, result, repaired])
    assert made.blocked_by == (root,)


def test_a_certificate_that_lacks_a_name_is_replaced_before_it_is_dropped() -> None:
    narrow = replace(states.CERTIFICATE, names=("www.example.com",))
    made = plan(healthy(certificate=narrow, certificates=(narrow,)))
    assert [type(change) for change in made.changes] == [RequestCertificate]
    assert isinstance(narrow, Certificate)
