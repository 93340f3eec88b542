from __future__ import annotations

import json
import shutil
from collections.abc import Callable

import pytest

from tests.stories.worlds import NAMES, Sandbox, manage

pytestmark = pytest.mark.story


def test_one_command_takes_the_tutorials_site_to_https(start: Callable[..., Sandbox]) -> None:
    sandbox = start()
    document = sandbox.provision_json()
    assert document["result"] == "converged", document
    assert [change["op"] for change in document["plan"]] == [
        "request-certificate",
        "change-records",
        "update-environment",
        "change-records",
        "update-environment",
    ]
    assert document["stats"]["api_calls"] <= 20
    assert document["account"] == "111122223333"

    again = sandbox.provision_json()
    assert (again["result"], again["exit_code"], again["plan"]) == ("converged", 0, [])
    assert again["stats"]["api_writes"] == 0
    assert again["stats"]["api_calls"] <= 12
    assert again["stats"]["rounds"] == 1


def test_a_second_run_says_nothing_to_do(kept: Sandbox) -> None:
    done = kept.provision()
    assert done.returncode == 0
    assert done.stdout.startswith("Nothing to do: https://www.example.com is up and verified.")


def test_check_cert_is_content_with_a_provisioned_site(kept: Sandbox) -> None:
    done = kept.manage("check_cert", *NAMES)
    assert (done.returncode, done.stdout.startswith("OK")) == (0, True), done.stdout


def test_check_finds_no_change_and_plan_shows_none(kept: Sandbox) -> None:
    assert kept.provision("--check").returncode == 0
    assert kept.provision("--plan").returncode == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_visitor_is_led_to_https(kept: Sandbox, name: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("needs the system package curl")
    redirected = kept.curl("--output", "/dev/null", "--write-out", "%{http_code} %{redirect_url}",
                           f"http://{name}/a?b=c")  # fmt: skip
    assert redirected.stdout == f"301 https://{name}/a?b=c", redirected.stderr
    page = kept.curl(f"https://{name}/")
    assert page.returncode == 0, page.stderr
    assert name in page.stdout


def test_the_eb_host_answers_400_in_the_end(kept: Sandbox) -> None:
    (environment,) = kept.client("elasticbeanstalk").describe_environments()["Environments"]
    assert environment["Health"] == "Green"
    answer = kept.curl("--insecure", "--output", "/dev/null", "--write-out", "%{http_code}",
                       f"https://{environment['CNAME']}/")  # fmt: skip
    assert answer.stdout == "400", answer.stderr


def test_dig_sees_the_same_world(kept: Sandbox) -> None:
    if shutil.which("dig") is None:
        pytest.skip("needs the system package dnsutils")
    resolver, port = kept.world["dns_resolver"], kept.world["ports"]["53"]
    answer = kept.shell(f"dig +short @{resolver} -p {port} www.example.com A")
    assert answer.stdout.strip().startswith("127."), answer.stdout + answer.stderr


def test_plain_boto3_sees_the_same_world(kept: Sandbox) -> None:
    listing = kept.client("acm").list_certificates()["CertificateSummaryList"]
    assert [(each["Status"], each["InUse"]) for each in listing] == [("ISSUED", True)]
    balancers = kept.client("elbv2").describe_load_balancers()["LoadBalancers"]
    assert len(balancers) == 1


def test_an_own_sandbox_needs_nothing_but_the_flag() -> None:
    done = manage("provision_domain", *NAMES, "--sandbox", "--no-input", "--format", "json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["result"]) == (0, "converged"), done.stderr
    assert document["stats"]["seconds"] < 60


def test_only_names_in_order_and_a_plan_without_changes_to_the_world(
    start: Callable[..., Sandbox],
) -> None:
    sandbox = start()
    plan = sandbox.provision_json("--plan")
    assert (plan["result"], plan["exit_code"]) == ("changes", 0)
    assert {change["status"] for change in plan["plan"]} == {"planned"}
    assert sandbox.provision("--check").returncode == 4
    assert plan["stats"]["api_writes"] == 0
    listing = sandbox.client("acm").list_certificates()["CertificateSummaryList"]
    assert listing == []
