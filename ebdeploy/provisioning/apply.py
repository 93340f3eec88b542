"""Carry out changes: I/O, through the doors only. One change, one writing call."""

from __future__ import annotations

from functools import singledispatch

from ebdeploy.aws import acm, beanstalk, registrar, route53
from ebdeploy.aws.clients import Door
from ebdeploy.facts.errors import Conflict
from ebdeploy.provisioning.changes import (
    ChangeRecords,
    CreateZone,
    RequestCertificate,
    UpdateEnvironment,
    UpdateNameServers,
)

OWNER = "ebdeploy"


@singledispatch
def apply_change(change: object, door: Door) -> None:
    """Carry out one change; raises ``Conflict`` when the world moved since it was read."""
    raise TypeError(f"no way to apply {change!r} through {door!r}")


@apply_change.register
def _create_zone(change: CreateZone, door: Door) -> None:
    """Create the zone; a reference that a deleted zone used up is followed by the next one."""
    for reference in change.references:
        try:
            route53.create_zone(door, change.domain, reference)
        except Conflict as conflict:
            if conflict.aws_code != "HostedZoneAlreadyExists":
                raise
            continue
        return


@apply_change.register
def _update_name_servers(change: UpdateNameServers, door: Door) -> None:
    registrar.update_name_servers(door, change.domain, change.after)


@apply_change.register
def _request_certificate(change: RequestCertificate, door: Door) -> None:
    tags = {f"{OWNER}:environment": change.environment}
    acm.request_certificate(door, change.names, change.token, tags)


@apply_change.register
def _change_records(change: ChangeRecords, door: Door) -> None:
    route53.change_records(door, change.zone_id, change.deletes, change.creates)


@apply_change.register
def _update_environment(change: UpdateEnvironment, door: Door) -> None:
    beanstalk.update_environment(door, change.environment, change.settings, change.removals)
