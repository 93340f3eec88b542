"""Elastic Beanstalk: environments, option settings, the deployed bundle; one writing call."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Mapping
from typing import Any

from ebdeploy.aws.clients import Door, pages
from ebdeploy.facts.errors import EnvironmentNotFound
from ebdeploy.facts.state import Environment, EnvironmentResources, Option, OptionDetail

SERVICE = "elasticbeanstalk"


def read_environment(door: Door, name: str, application: str | None, region: str) -> Environment:
    """Return the live environment of that name; raises ``EnvironmentNotFound``.

    Without a permission Elastic Beanstalk answers with an empty list, so the error names both
    (https://docs.aws.amazon.com/elasticbeanstalk/latest/api/API_DescribeEnvironments.html).
    """
    scope = {"ApplicationName": application} if application else {}
    answer = door.call(
        SERVICE, "DescribeEnvironments", EnvironmentNames=[name], IncludeDeleted=False, **scope
    )
    found = [item for item in answer["Environments"] if item["Status"] != "Terminated"]
    if not found:
        raise EnvironmentNotFound(name, region, list_environments(door))
    return _environment(found[0])


def list_environments(door: Door) -> tuple[str, ...]:
    """Return the names of all live environments that can be seen."""
    items = pages(
        door,
        SERVICE,
        "DescribeEnvironments",
        "Environments",
        ("NextToken", "NextToken"),
        IncludeDeleted=False,
    )
    return tuple(item["EnvironmentName"] for item in items)


def read_settings(door: Door, application: str, environment: str) -> Mapping[Option, str]:
    """Return the effective option settings of the deployed configuration.

    DescribeConfigurationSettings may hold a pending or failed one besides; an option without a
    value reads as "".
    """
    answer = door.call(
        SERVICE,
        "DescribeConfigurationSettings",
        ApplicationName=application,
        EnvironmentName=environment,
    )
    every = answer["ConfigurationSettings"]
    deployed = [item for item in every if item.get("DeploymentStatus") in {"deployed", None}]
    return {
        Option(item["Namespace"], item["OptionName"]): item.get("Value", "")
        for item in (deployed or every)[0]["OptionSettings"]
    }


def read_resources(door: Door, environment: str) -> EnvironmentResources:
    """Return the load balancers and instances of the environment."""
    answer = door.call(SERVICE, "DescribeEnvironmentResources", EnvironmentName=environment)
    found = answer["EnvironmentResources"]
    return EnvironmentResources(
        load_balancers=tuple(item["Name"] for item in found.get("LoadBalancers", ())),
        instances=tuple(item["Id"] for item in found.get("Instances", ())),
        cluster_arn=(found.get("Cluster") or {}).get("ClusterArn"),
    )


def read_option_details(
    door: Door, application: str, environment: str, options: Collection[Option]
) -> Mapping[Option, OptionDetail]:
    """Return EB's ChangeSeverity and UserDefined of these options."""
    answer = door.call(
        SERVICE,
        "DescribeConfigurationOptions",
        ApplicationName=application,
        EnvironmentName=environment,
        Options=[{"Namespace": o.namespace, "OptionName": o.name} for o in sorted(options)],
    )
    return {
        Option(item["Namespace"], item["Name"]): OptionDetail(
            item.get("ChangeSeverity", ""), bool(item.get("UserDefined"))
        )
        for item in answer.get("Options", ())
    }


def read_bundle(door: Door, application: str, version: str) -> Mapping[str, str]:
    """Return the ``.ebextensions`` files of a deployed version: path to text."""
    answer = door.call(
        SERVICE,
        "DescribeApplicationVersions",
        ApplicationName=application,
        VersionLabels=[version],
    )
    for item in answer["ApplicationVersions"]:
        source = item.get("SourceBundle") or {}
        if source.get("S3Bucket"):
            return _extension_files(door, source["S3Bucket"], source["S3Key"])
    return {}


def update_environment(
    door: Door, environment: str, settings: Mapping[Option, str], removals: Collection[Option]
) -> None:
    """Set options at API level, and remove some, in one UpdateEnvironment."""
    door.call(
        SERVICE,
        "UpdateEnvironment",
        EnvironmentName=environment,
        OptionSettings=[
            {"Namespace": o.namespace, "OptionName": o.name, "Value": value}
            for o, value in sorted(settings.items())
        ],
        OptionsToRemove=[
            {"Namespace": o.namespace, "OptionName": o.name} for o in sorted(removals)
        ],
    )


def read_health_causes(door: Door, environment: str) -> tuple[str, ...]:
    """Return the causes that enhanced health gives, verbatim."""
    answer = door.call(
        SERVICE,
        "DescribeEnvironmentHealth",
        EnvironmentName=environment,
        AttributeNames=["Causes"],
    )
    return tuple(answer.get("Causes", ()))


def _extension_files(door: Door, bucket: str, key: str) -> Mapping[str, str]:
    body = door.call("s3", "GetObject", Bucket=bucket, Key=key)["Body"]
    with body, zipfile.ZipFile(io.BytesIO(body.read())) as bundle:
        return {
            name: bundle.read(name).decode("utf-8", "replace")
            for name in bundle.namelist()
            if name.startswith(".ebextensions/") and name.endswith(".config")
        }


def _environment(item: Mapping[str, Any]) -> Environment:
    return Environment(
        name=item["EnvironmentName"],
        id=item["EnvironmentId"],
        arn=item["EnvironmentArn"],
        application=item["ApplicationName"],
        cname=str(item.get("CNAME", "")).lower(),
        status=item["Status"],
        health=item.get("Health", ""),
        health_status=item.get("HealthStatus", ""),
        tier=(item.get("Tier") or {}).get("Name", "WebServer"),
        platform=item.get("PlatformArn", ""),
        version_label=item.get("VersionLabel", ""),
    )
