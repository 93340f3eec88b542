"""Orders that cannot be carried out: a clear sentence, the remedy, the exit code, no write."""

from __future__ import annotations

import json
import os

import pytest

from tests.stories.worlds import NAMES, Sandbox, manage

pytestmark = pytest.mark.story


@pytest.mark.parametrize(
    ("name", "code"),
    [
        pytest.param("https://www.example.com/", "CFG001", id="url"),
        pytest.param("10.0.0.1", "CFG002", id="address"),
        pytest.param("*.example.com", "CFG008", id="wildcard-alone"),
        pytest.param("mysite.ap-northeast-1.elasticbeanstalk.com", "CFG006", id="eb-name"),
        pytest.param("xn--a.com", "CFG003", id="bad-idn"),
        pytest.param("co.uk", "CFG005", id="public-suffix"),
    ],
)
def test_a_bad_name_ends_with_2_and_asks_nothing_of_aws(name: str, code: str) -> None:
    done = manage("provision_domain", name, "--environment", "e")
    assert done.returncode == 2
    assert done.stderr.startswith(("CommandError: " + code, code)), done.stderr


def test_an_unknown_environment_names_those_there_are(kept: Sandbox) -> None:
    done = kept.provision("--environment", "typo")
    assert done.returncode == 1
    assert "django-env" in done.stderr


def test_a_name_outside_every_zone_ends_with_1_at_once(kept: Sandbox) -> None:
    names = (*NAMES, "www.example.org")
    done = kept.manage("provision_domain", *names, "--no-input", "--format", "json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["result"]) == (1, "blocked")
    assert document["stats"]["api_writes"] == 0
    assert "example.org" in document["findings"][0]["message"]


def test_dropping_a_served_name_is_refused(kept: Sandbox) -> None:
    done = kept.manage("provision_domain", "www.example.com", "--no-input", "--format", "json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["findings"][0]["code"]) == (1, "OPS005")


def test_without_a_terminal_a_question_is_a_usage_error(start) -> None:
    sandbox = start()
    done = sandbox.manage("provision_domain", *NAMES)
    assert done.returncode == 2
    assert "--no-input" in done.stderr


def test_no_credentials_end_with_5() -> None:
    variables = {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    done = manage(
        "provision_domain", *NAMES, "--environment", "e", "--application", "a",
        "--region", "ap-northeast-1", variables=variables,
    )  # fmt: skip
    assert done.returncode == 5
    assert "--sandbox" in done.stderr


def test_a_dead_sandbox_ends_with_5(tmp_path) -> None:
    world = tmp_path / "world.json"
    world.write_text(json.dumps({"pid": 2**22 - 1}))
    done = manage(
        "check_cert", *NAMES, "--environment", "e", variables={"EBDEPLOY_SANDBOX": str(world)}
    )
    assert done.returncode == 5
    assert "run_sandbox" in done.stderr


def test_an_environment_that_is_not_ready_is_pending_without_patience(start) -> None:
    document = start("tutorial", "slow-environment").provision_json("--no-wait")
    assert (document["result"], document["exit_code"]) == ("pending", 3)
    assert document["stats"]["api_writes"] == 0
