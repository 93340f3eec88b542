"""The door to AWS: one ``call`` for every operation, counted, and errors in our own words.

Comes in: a service, an operation's name and its parameters. Goes out: the answer as botocore
parsed it. Clients are made when first needed and shared by all threads.
"""

from __future__ import annotations

import ipaddress
import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

import boto3
import botocore.exceptions as aws_errors
import botocore.session
from botocore.config import Config

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

# Route 53 is global and signed for us-east-1; route53domains exists nowhere else.
GLOBAL_SERVICES = {"route53", "route53domains"}
READ_PREFIXES = ("Describe", "List", "Get", "Check", "Validate")
RETRIES = Config(
    retries={"mode": "standard", "total_max_attempts": 8}, connect_timeout=5, read_timeout=20
)
DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "InsufficientPrivilegesException",
}
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
BAD_KEYS = {
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "InvalidAccessKeyId",
}
CONFLICTS = {
    "InvalidChangeBatch",
    "PriorRequestNotComplete",
    "HostedZoneAlreadyExists",
    "DuplicateRequest",
}


class Door(Protocol):
    """What the service modules need: a way to call an operation. Tests pass a world in memory."""

    def call(self, service: str, operation: str, **parameters: Any) -> Mapping[str, Any]:
        """Call one operation; raises an ``EbdeployError``."""
        ...


@dataclass(slots=True)
class Tally:
    """Counts of what was asked; ``again`` True once the first observation is over."""

    calls: int = 0
    writes: int = 0
    polls: int = 0
    again: bool = False
    spans: list[tuple[float, float, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def first_is_over(self) -> None:
        """Count reads as polls from now on."""
        self.again = True

    def add(self, operation: str, started: float, ended: float) -> None:
        """Count one call that took from ``started`` to ``ended`` (real seconds)."""
        with self.lock:
            self.spans.append((started, ended, operation))
            if not operation.startswith(READ_PREFIXES):
                self.writes += 1
                self.calls += 1
            elif self.again:
                self.polls += 1
            else:
                self.calls += 1


class Clients:
    """The real door: boto3 clients of one profile and region."""

    def __init__(self, world: World, region: str | None, profile: str | None = None) -> None:
        self._world = world
        self._lock = threading.Lock()
        self._made: dict[str, Any] = {}
        self.tally = Tally()
        try:
            self._session: Any = _open_session(world, region, profile)
        except aws_errors.ProfileNotFound as error:
            raise UsageProblem(str(error) + ".", "Run `aws configure list-profiles`.") from error

    @property
    def region(self) -> str | None:
        """Return the region in force, from the arguments or the AWS configuration."""
        name: str | None = self._session.region_name
        return name

    def call(self, service: str, operation: str, **parameters: Any) -> Mapping[str, Any]:
        """Call one operation and count it; AWS's refusals come out as our errors."""
        client = self._client(service)
        method = getattr(client, boto3_name(operation))
        started = time.monotonic()
        try:
            answer: Mapping[str, Any] = method(**parameters)
        except (aws_errors.ClientError, aws_errors.BotoCoreError) as error:
            raise translate(error, service, operation) from error
        finally:
            self.tally.add(operation, started, time.monotonic())
        return answer

    def _client(self, service: str) -> Any:
        with self._lock:
            if service not in self._made:
                self._made[service] = self._make(service)
            return self._made[service]

    def _make(self, service: str) -> Any:
        region = "us-east-1" if service in GLOBAL_SERVICES else self._session.region_name
        if region is None:
            raise UsageProblem(
                "No AWS region is named.", "Pass --region, or run `aws configure` or `eb init`."
            )
        # Without an endpoint_url botocore would honour any AWS_ENDPOINT_URL_<SERVICE> around.
        client = self._session.client(
            service, region_name=region, config=RETRIES, endpoint_url=self._world.endpoint
        )
        if self._world.is_sandbox and not is_loopback(client.meta.endpoint_url):
            raise NotLoopback(client.meta.endpoint_url)
        return client


def _open_session(world: World, region: str | None, profile: str | None) -> boto3.Session:
    """Return the session; in a sandbox nothing of the user's own configuration is read."""
    if not world.is_sandbox:
        return boto3.Session(profile_name=profile, region_name=region)
    nowhere = (None, None, os.devnull, None)
    variables = {
        "profile": (None, None, None, None),
        "config_file": nowhere,
        "credentials_file": nowhere,
    }
    return boto3.Session(
        aws_access_key_id="sandbox",
        aws_secret_access_key="sandbox",  # noqa: S106 - the embedded AWS checks no secrets
        region_name=region,
        botocore_session=botocore.session.Session(session_vars=variables),
    )


def pages(
    door: Door, service: str, operation: str, key: str, tokens: tuple[str, str], **parameters: Any
) -> Iterator[Any]:
    """Yield the items under ``key`` of every page; ``tokens`` are (output, input) names."""
    while True:
        answer = door.call(service, operation, **parameters)
        yield from answer.get(key, ())
        token = answer.get(tokens[0])
        if not token:
            return
        parameters[tokens[1]] = token


def boto3_name(operation: str) -> str:
    """Return boto3's method for an operation: ``DescribeSSLPolicies`` -> describe_ssl_policies."""
    return str(botocore.xform_name(operation))


def is_loopback(url: str) -> bool:
    """Whether the URL's host is an address of this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def translate(error: Exception, service: str, operation: str) -> EbdeployError:
    """Return our error for one of botocore's; the words of AWS are kept."""
    if not isinstance(error, aws_errors.ClientError):
        return _local_error(error, service)
    code = str(error.response.get("Error", {}).get("Code", ""))
    words = str(error.response.get("Error", {}).get("Message", "")) or _messages(error)
    action = f"{_iam_prefix(service)}:{operation}"
    if code in DENIED:
        return AccessDenied(action, words)
    if code in EXPIRED:
        return ExpiredCredentials(action)
    if code in BAD_KEYS:
        return CouldNotObserve(
            f"AWS does not know these credentials ({code}).", "Check AWS_PROFILE or --profile."
        )
    if code.startswith("Throttling") or code == "TooManyRequestsException":
        return Throttled(action)
    if "Must be Ready" in words or code in CONFLICTS:
        return Conflict(action, code, words)
    return Refused(action, code, words)


def _messages(error: aws_errors.ClientError) -> str:
    response: Mapping[str, Any] = dict(error.response)
    return "; ".join(str(text) for text in response.get("messages", ()))


def _iam_prefix(service: str) -> str:
    return "elasticloadbalancing" if service == "elbv2" else service


def _local_error(error: Exception, service: str) -> EbdeployError:
    if isinstance(error, aws_errors.NoCredentialsError | aws_errors.PartialCredentialsError):
        return NoCredentials()
    if isinstance(error, aws_errors.TokenRetrievalError | aws_errors.SSOError):
        return ExpiredCredentials(service)
    return Unreachable(f"The AWS endpoint of {service}", str(error))
