from __future__ import annotations

from dataclasses import replace

from ebdeploy.diagnosis.findings import Auto, Finding, Fix, Severity
from ebdeploy.facts import options as eb
from ebdeploy.facts.dns import Question
from ebdeploy.facts.state import (
    AliasTarget,
    Certificate,
    RecordSet,
    Registration,
    RepositoryOptions,
)
from ebdeploy.provisioning.changes import (
    KNOWN_AFTER,
    ChangeRecords,
    CreateZone,
    RequestCertificate,
    UpdateNameServers,
)
from ebdeploy.provisioning.desired import Desired
from ebdeploy.provisioning.plan import make_plan
from tests import states
from tests.provisioning.plans import codes, issued, plan, waits
from tests.states import NAMES, healthy, tutorial, with_settings


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


def test_a_signed_domain_is_not_moved_whatever_is_allowed() -> None:
    walked = states.dns(provisioned=False, servers=states.OLD_SERVERS)
    signed = replace(walked.delegations["example.com"], signed=True)
    observed = tutorial(
        registrations={"example.com": Registration("example.com", states.OLD_SERVERS)},
        dns=replace(walked, lookups={}, delegations={"example.com": signed}),
    )
    made = plan(observed, "update-nameservers", "lose-records")
    assert codes(made) == ["SEC005"]
    assert not made.changes


def test_a_registry_that_lags_is_awaited() -> None:
    observed = tutorial(dns=states.dns(provisioned=False, servers=states.OLD_SERVERS))
    observed = replace(observed, dns=replace(observed.dns, lookups={}))
    assert waits(plan(observed, "update-nameservers")) == ["delegation of example.com"]


def test_moving_name_servers_loses_no_mail() -> None:
    mail = {
        **states.lookups(provisioned=False),
        Question("example.com", "MX"): states.answers("example.com", "MX", "10 mail.example."),
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
        Question("example.com", "CAA"): states.answers(
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
