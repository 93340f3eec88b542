"""What can go wrong before or outside a diagnosis, each with its sentence and its remedy.

Every class carries the exit code of the command it ends and, where the catalogue has one, the code
of the finding it stands for.
"""

from __future__ import annotations

from collections.abc import Sequence

BLOCKED, USAGE, PENDING, CHANGES, UNOBSERVED, INTERRUPTED = 1, 2, 3, 4, 5, 130


class EbdeployError(Exception):
    """An error that ends a command: one sentence of what happened, one of what to do."""

    exit_code = BLOCKED
    code = "OPS000"

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class UsageProblem(EbdeployError):
    """The command line or the settings are wrong; nothing was asked of AWS."""

    exit_code = USAGE
    code = "CFG000"


class BadName(UsageProblem):
    """A host name that no public certificate can carry; ``code`` is its CFG finding."""

    def __init__(self, code: str, name: str, why: str, remedy: str) -> None:
        super().__init__(f"{name!r} {why}", remedy)
        self.code = code
        self.name = name


class NoTerminal(UsageProblem):
    """A question would have to be asked, and nobody is there to answer."""

    def __init__(self) -> None:
        super().__init__(
            "These changes need your yes, and there is no terminal to ask on.",
            "Read the plan above, then run again with --no-input.",
        )


class MissingExtra(UsageProblem):
    """A library of an optional extra is not installed."""

    def __init__(self, module: str, extra: str) -> None:
        super().__init__(
            f"This command needs {module}, which is not installed.",
            f'Run: pip install "django-ebdeploy[{extra}]"',
        )


class NoEnvironment(UsageProblem):
    """Nobody said which environment is meant."""

    code = "CFG009"

    def __init__(self, missing: str) -> None:
        super().__init__(
            f"Which Elastic Beanstalk {missing}? Nothing names it.",
            f"Pass --{missing}, set EBDEPLOY_{missing.upper()}, or run `eb init` and `eb use`.",
        )


class NoNames(UsageProblem):
    """Nobody said which host names the environment shall serve."""

    code = "CFG014"

    def __init__(self, environment: str | None) -> None:
        place = environment or "ENVIRONMENT"
        super().__init__(
            "Which host names? None are given.",
            "Name them on the command line, main name first (www.example.com example.com), or set "
            f'EBDEPLOY_SITES = {{"{place}": ["www.example.com", "example.com"]}} in settings.',
        )


class EnvironmentNotFound(EbdeployError):
    """No such environment, or no right to see it: Elastic Beanstalk answers both alike."""

    code = "CFG009"

    def __init__(self, name: str, region: str, candidates: Sequence[str]) -> None:
        seen = ", ".join(sorted(candidates)) or "none"
        super().__init__(
            f"There is no environment {name!r} in {region} that these credentials can see "
            f"(visible: {seen}).",
            "Check --environment, --region and --profile. A missing permission "
            "elasticbeanstalk:DescribeEnvironments looks like an empty list.",
        )


class CouldNotObserve(EbdeployError):
    """AWS or the network could not be asked, so nothing can be said."""

    exit_code = UNOBSERVED
    code = "AWS009"


class NoCredentials(CouldNotObserve):
    """botocore found no credentials."""

    code = "AWS001"

    def __init__(self) -> None:
        super().__init__(
            "No AWS credentials were found.",
            "Run `aws configure`, set AWS_PROFILE or pass --profile; "
            "to rehearse without an account, add --sandbox.",
        )


class ExpiredCredentials(CouldNotObserve):
    """The session token is no longer valid."""

    code = "AWS002"

    def __init__(self, operation: str) -> None:
        super().__init__(
            f"The AWS credentials have expired ({operation} was refused).",
            "Sign in again, for example with `aws sso login`, and run the same command.",
        )


class AccessDenied(CouldNotObserve):
    """The credentials lack one permission; ``action`` is its IAM name."""

    code = "AWS003"

    def __init__(self, action: str, words: str) -> None:
        super().__init__(
            f"These credentials may not {action}.",
            f"Allow the IAM action {action} and run again. AWS said: {words}",
        )
        self.action = action


class Unreachable(CouldNotObserve):
    """An endpoint did not answer."""

    code = "AWS009"

    def __init__(self, what: str, words: str) -> None:
        super().__init__(f"{what} did not answer: {words}", "Check the network and any proxy.")


class Throttled(CouldNotObserve):
    """AWS kept refusing for rate, beyond our patience."""

    code = "AWS005"

    def __init__(self, action: str) -> None:
        super().__init__(
            f"AWS throttles {action}.", "Nothing is lost: wait a minute and run again."
        )


class SandboxGone(CouldNotObserve):
    """EBDEPLOY_SANDBOX names a world whose process is dead."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"The sandbox that {path} describes is not running.",
            "Start it with `python manage.py run_sandbox` and source .sandbox/env again, "
            "or unset EBDEPLOY_SANDBOX.",
        )


class NotLoopback(EbdeployError):
    """A sandbox run would have reached out of this machine."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(
            f"Sandbox mode refuses to use {endpoint}: it is not on this machine.",
            "Source .sandbox/env, or unset EBDEPLOY_SANDBOX to work on the real account.",
        )


class Refused(EbdeployError):
    """AWS refused a call; its words are kept."""

    def __init__(self, operation: str, code: str, words: str) -> None:
        super().__init__(
            f"{operation} was refused ({code}): {words}",
            "What was done before stands, and running the same command again goes on from there.",
        )
        self.aws_code = code


class Conflict(Refused):
    """Somebody else changed the same thing between reading and writing: read again, plan again."""


class StillMissing(EbdeployError):
    """A change was made and is planned again: the loop must not spin."""

    def __init__(self, change: str) -> None:
        super().__init__(
            f"Made, yet still missing: {change}.",
            "Somebody or something undoes it. Look at the events of the environment and at "
            "who else edits these resources, then run again.",
        )


class Interrupted(EbdeployError):
    """Ctrl-C: nothing is half done, since every change is one call."""

    exit_code = INTERRUPTED
    code = "OPS010"

    def __init__(self) -> None:
        super().__init__(
            "Interrupted. What was done stands.", "Run the same command again to go on from there."
        )
