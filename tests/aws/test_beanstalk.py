from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from ebdeploy.aws import beanstalk
from ebdeploy.facts.errors import EnvironmentNotFound
from ebdeploy.facts.state import EnvironmentResources, Option, OptionDetail
from tests.aws.answers import Answers

ARN = "arn:aws:elasticbeanstalk:ap-northeast-1:111122223333:environment/mysite/django-env"
LIVE = {
    "EnvironmentName": "django-env",
    "EnvironmentId": "e-1",
    "EnvironmentArn": ARN,
    "ApplicationName": "mysite",
    "CNAME": "MySite.ap-northeast-1.elasticbeanstalk.com",
    "Status": "Ready",
    "Health": "Green",
    "HealthStatus": "Ok",
    "VersionLabel": "v1",
    "Tier": {"Name": "WebServer"},
}


def test_an_environment_knows_its_account_and_region() -> None:
    door = Answers(DescribeEnvironments={"Environments": [LIVE]})
    found = beanstalk.read_environment(door, "django-env", "mysite", "ap-northeast-1")
    assert (found.account, found.region) == ("111122223333", "ap-northeast-1")
    assert found.cname == "mysite.ap-northeast-1.elasticbeanstalk.com"
    assert door.parameters("DescribeEnvironments")[0]["IncludeDeleted"] is False


def test_a_missing_environment_is_an_error_that_names_the_candidates() -> None:
    other = {**LIVE, "EnvironmentName": "staging"}
    door = Answers(DescribeEnvironments=[{"Environments": []}, {"Environments": [other]}])
    with pytest.raises(EnvironmentNotFound, match="staging"):
        beanstalk.read_environment(door, "typo", None, "ap-northeast-1")


def test_a_terminated_environment_does_not_exist() -> None:
    dead = {**LIVE, "Status": "Terminated"}
    door = Answers(DescribeEnvironments=[{"Environments": [dead]}, {"Environments": []}])
    with pytest.raises(EnvironmentNotFound, match="none"):
        beanstalk.read_environment(door, "django-env", "mysite", "ap-northeast-1")


def test_of_two_configurations_the_deployed_one_counts() -> None:
    def setting(status: str, value: str) -> dict[str, Any]:
        options = [{"Namespace": "n", "OptionName": "o", "Value": value}]
        return {"DeploymentStatus": status, "OptionSettings": options}

    every = [setting("failed", "wrong"), setting("deployed", "right")]
    door = Answers(DescribeConfigurationSettings={"ConfigurationSettings": every})
    assert beanstalk.read_settings(door, "mysite", "django-env") == {Option("n", "o"): "right"}


def test_an_option_without_a_value_reads_as_empty() -> None:
    every = [{"OptionSettings": [{"Namespace": "n", "OptionName": "o"}]}]
    door = Answers(DescribeConfigurationSettings={"ConfigurationSettings": every})
    assert beanstalk.read_settings(door, "mysite", "django-env") == {Option("n", "o"): ""}


def test_resources_tell_a_cluster_from_a_standard_environment() -> None:
    found = {"LoadBalancers": [{"Name": "lb"}], "Instances": [{"Id": "i-1"}]}
    plain = Answers(DescribeEnvironmentResources={"EnvironmentResources": found})
    cluster = {"Cluster": {"ClusterArn": "arn:eks"}}
    eks = Answers(DescribeEnvironmentResources={"EnvironmentResources": cluster})
    assert beanstalk.read_resources(plain, "e") == EnvironmentResources(("lb",), ("i-1",))
    assert beanstalk.read_resources(eks, "e").cluster_arn == "arn:eks"


def test_option_details_carry_severity_and_who_set_the_value() -> None:
    item = {"Namespace": "n", "Name": "o", "ChangeSeverity": "NoInterruption", "UserDefined": True}
    door = Answers(DescribeConfigurationOptions={"Options": [item]})
    details = beanstalk.read_option_details(door, "mysite", "e", [Option("n", "o")])
    assert details == {Option("n", "o"): OptionDetail("NoInterruption", user_defined=True)}


def test_only_the_extensions_of_a_bundle_are_read() -> None:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as bundle:
        bundle.writestr(".ebextensions/10-django.config", "option_settings: {}")
        bundle.writestr("manage.py", "print()")
    body.seek(0)
    version = {"SourceBundle": {"S3Bucket": "b", "S3Key": "k"}}
    door = Answers(
        DescribeApplicationVersions={"ApplicationVersions": [version]}, GetObject={"Body": body}
    )
    files = beanstalk.read_bundle(door, "mysite", "v1")
    assert files == {".ebextensions/10-django.config": "option_settings: {}"}


def test_a_version_without_a_bundle_has_no_files() -> None:
    door = Answers(DescribeApplicationVersions={"ApplicationVersions": [{}]})
    assert beanstalk.read_bundle(door, "mysite", "v1") == {}


def test_one_update_sets_and_removes() -> None:
    door = Answers(UpdateEnvironment={})
    beanstalk.update_environment(door, "e", {Option("n", "a"): "1"}, [Option("n", "b")])
    (sent,) = door.parameters("UpdateEnvironment")
    assert sent["OptionSettings"] == [{"Namespace": "n", "OptionName": "a", "Value": "1"}]
    assert sent["OptionsToRemove"] == [{"Namespace": "n", "OptionName": "b"}]


def test_health_causes_come_verbatim() -> None:
    door = Answers(DescribeEnvironmentHealth={"Causes": ["100.0 % of the requests"]})
    assert beanstalk.read_health_causes(door, "e") == ("100.0 % of the requests",)
