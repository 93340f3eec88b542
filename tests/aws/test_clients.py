from __future__ import annotations

import botocore.exceptions as aws_errors
import pytest

from ebdeploy.aws.clients import Clients, Tally, boto3_name, is_loopback, pages, translate
from ebdeploy.facts.errors import (
    AccessDenied,
    Conflict,
    CouldNotObserve,
    EbdeployError,
    ExpiredCredentials,
    NoCredentials,
    NotLoopback,
    Refused,
    Throttled,
    Unreachable,
    UsageProblem,
)
from ebdeploy.facts.world import World
from tests.aws.answers import Answers


def client_error(code: str, message: str = "words") -> aws_errors.ClientError:
    return aws_errors.ClientError({"Error": {"Code": code, "Message": message}}, "Anything")


@pytest.mark.parametrize(
    ("error", "expected", "exit_code"),
    [
        pytest.param(client_error("AccessDenied"), AccessDenied, 5, id="denied"),
        pytest.param(client_error("ExpiredToken"), ExpiredCredentials, 5, id="expired"),
        pytest.param(client_error("InvalidClientTokenId"), CouldNotObserve, 5, id="unknown-key"),
        pytest.param(client_error("Throttling"), Throttled, 5, id="throttled"),
        pytest.param(client_error("InvalidChangeBatch"), Conflict, 1, id="somebody-was-quicker"),
        pytest.param(
            client_error("InvalidParameterValue", "... Must be Ready."), Conflict, 1, id="not-ready"
        ),
        pytest.param(client_error("LimitExceededException"), Refused, 1, id="quota"),
        pytest.param(aws_errors.NoCredentialsError(), NoCredentials, 5, id="no-credentials"),
        pytest.param(
            aws_errors.TokenRetrievalError(provider="sso", error_msg="x"),
            ExpiredCredentials,
            5,
            id="sso-session-over",
        ),
        pytest.param(
            aws_errors.EndpointConnectionError(endpoint_url="http://x"), Unreachable, 5, id="down"
        ),
    ],
)
def test_what_aws_says_becomes_our_error(
    error: Exception, expected: type[EbdeployError], exit_code: int
) -> None:
    ours = translate(error, "acm", "ListCertificates")
    assert type(ours) is expected
    assert ours.exit_code == exit_code
    assert ours.remedy


def test_a_denied_call_names_the_iam_action() -> None:
    denied = translate(client_error("AccessDenied"), "elbv2", "DescribeRules")
    assert "elasticloadbalancing:DescribeRules" in denied.message


def test_the_messages_of_an_invalid_change_batch_are_kept() -> None:
    response = {"Error": {"Code": "InvalidChangeBatch"}, "messages": ["first", "second"]}
    error = aws_errors.ClientError(response, "ChangeResourceRecordSets")  # type: ignore[arg-type]  # Route 53 adds a key
    assert "first; second" in translate(error, "route53", "ChangeResourceRecordSets").message


@pytest.mark.parametrize(
    ("operation", "method"),
    [
        ("DescribeSSLPolicies", "describe_ssl_policies"),
        ("ListHostedZonesByName", "list_hosted_zones_by_name"),
        ("UpdateEnvironment", "update_environment"),
    ],
)
def test_operations_have_boto3s_names(operation: str, method: str) -> None:
    assert boto3_name(operation) == method


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.9.9.9:4566", True),
        ("http://[::1]:80", True),
        ("http://localhost", True),
        ("https://acm.ap-northeast-1.amazonaws.com", False),
        ("http://169.254.169.254", False),
    ],
)
def test_loopback_is_recognised(url: str, expected: bool) -> None:
    assert is_loopback(url) is expected


def test_a_sandbox_never_reaches_out() -> None:
    clients = Clients(World(endpoint="http://192.0.2.1:80"), "ap-northeast-1")
    with pytest.raises(NotLoopback):
        clients.call("acm", "ListCertificates")


def test_a_sandbox_reads_nothing_of_the_users_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "does-not-exist")
    clients = Clients(World(endpoint="http://127.0.0.1:9"), "ap-northeast-1")
    assert clients.region == "ap-northeast-1"


def test_an_unknown_profile_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    with pytest.raises(UsageProblem, match="does-not-exist"):
        Clients(World(), "ap-northeast-1", "does-not-exist")


def test_a_missing_region_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    with pytest.raises(UsageProblem, match="region"):
        Clients(World(), None).call("acm", "ListCertificates")


def test_first_reads_writes_and_polls_are_counted_apart() -> None:
    tally = Tally()
    tally.add("DescribeRules", 0, 1)
    tally.first_is_over()
    tally.add("DescribeRules", 1, 2)
    tally.add("UpdateEnvironment", 2, 3)
    assert (tally.calls, tally.writes, tally.polls) == (2, 1, 1)


def test_pages_follow_their_token() -> None:
    door = Answers(ListThings=[{"Items": [1], "Next": "t"}, {"Items": [2]}])
    assert list(pages(door, "s", "ListThings", "Items", ("Next", "Token"))) == [1, 2]
    assert door.parameters("ListThings") == [{}, {"Token": "t"}]
