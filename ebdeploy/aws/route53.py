"""Route 53: hosted zones and record sets; changes go as exact deletes and creates."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ebdeploy.aws.clients import Door
from ebdeploy.facts.state import AliasTarget, HostedZone, RecordSet

SERVICE = "route53"


def read_zones(door: Door, domain: str) -> tuple[HostedZone, ...]:
    """Return the hosted zones of a registered domain and of names below it, without servers.

    ListHostedZonesByName continues in the order of reversed labels, so the zones of one domain
    stand together and the first foreign name ends the list
    (https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZonesByName.html).
    """
    found: list[HostedZone] = []
    start: dict[str, str] = {"DNSName": domain}
    while True:
        answer = door.call(SERVICE, "ListHostedZonesByName", MaxItems="100", **start)
        zones = [_zone(item) for item in answer["HostedZones"]]
        ours = [zone for zone in zones if zone.name == domain or zone.name.endswith(f".{domain}")]
        found += ours
        if not answer.get("IsTruncated") or len(ours) < len(zones):
            return tuple(found)
        start = {
            "DNSName": answer["NextDNSName"],
            "HostedZoneId": answer["NextHostedZoneId"],
        }


def read_delegation_set(door: Door, zone: HostedZone) -> HostedZone:
    """Return the zone with the four name servers of its delegation set."""
    answer = door.call(SERVICE, "GetHostedZone", Id=zone.id)
    servers = answer.get("DelegationSet", {}).get("NameServers", ())
    return HostedZone(
        id=zone.id,
        name=zone.name,
        private=zone.private,
        caller_reference=zone.caller_reference,
        name_servers=tuple(sorted(_plain(server) for server in servers)),
    )


def read_records(door: Door, zone_id: str) -> tuple[RecordSet, ...]:
    """Return every record set of a zone."""
    found: list[RecordSet] = []
    start: dict[str, str] = {}
    while True:
        answer = door.call(SERVICE, "ListResourceRecordSets", HostedZoneId=zone_id, **start)
        found += [_record_set(item) for item in answer["ResourceRecordSets"]]
        if not answer.get("IsTruncated"):
            return tuple(found)
        start = {
            "StartRecordName": answer["NextRecordName"],
            "StartRecordType": answer["NextRecordType"],
        }
        if "NextRecordIdentifier" in answer:
            start["StartRecordIdentifier"] = answer["NextRecordIdentifier"]


def change_records(
    door: Door, zone_id: str, deletes: Sequence[RecordSet], creates: Sequence[RecordSet]
) -> None:
    """Send one transactional batch: exact deletes, then creates (compare-and-swap)."""
    changes = [{"Action": "DELETE", "ResourceRecordSet": to_aws(each)} for each in deletes]
    changes += [{"Action": "CREATE", "ResourceRecordSet": to_aws(each)} for each in creates]
    door.call(
        SERVICE,
        "ChangeResourceRecordSets",
        HostedZoneId=zone_id,
        ChangeBatch={"Comment": "ebdeploy", "Changes": changes},
    )


def create_zone(door: Door, domain: str, caller_reference: str) -> str:
    """Create a public hosted zone and return its id."""
    answer = door.call(
        SERVICE,
        "CreateHostedZone",
        Name=domain,
        CallerReference=caller_reference,
        HostedZoneConfig={"Comment": "made by ebdeploy", "PrivateZone": False},
    )
    return _zone(answer["HostedZone"]).id


def to_aws(record_set: RecordSet) -> dict[str, Any]:
    """Return the record set in the API's shape."""
    shape: dict[str, Any] = {"Name": f"{record_set.name}.", "Type": record_set.type}
    if record_set.set_identifier is not None:
        shape["SetIdentifier"] = record_set.set_identifier
    if record_set.alias is not None:
        shape["AliasTarget"] = {
            "HostedZoneId": record_set.alias.zone_id,
            "DNSName": f"{record_set.alias.dns_name}.",
            "EvaluateTargetHealth": record_set.alias.evaluate_target_health,
        }
        return shape
    shape["TTL"] = record_set.ttl
    shape["ResourceRecords"] = [{"Value": value} for value in record_set.values]
    return shape


def _plain(name: str) -> str:
    text = re.sub(r"\\(\d{3})", lambda escape: chr(int(escape[1], 8)), name)
    return text.lower().rstrip(".")


def _zone(item: Mapping[str, Any]) -> HostedZone:
    return HostedZone(
        id=item["Id"].rpartition("/")[2],
        name=_plain(item["Name"]),
        private=bool((item.get("Config") or {}).get("PrivateZone")),
        caller_reference=item.get("CallerReference", ""),
    )


def _record_set(item: Mapping[str, Any]) -> RecordSet:
    alias = item.get("AliasTarget")
    return RecordSet(
        name=_plain(item["Name"]),
        type=item["Type"],
        ttl=item.get("TTL"),
        values=tuple(each["Value"] for each in item.get("ResourceRecords", ())),
        alias=AliasTarget(
            alias["HostedZoneId"], _plain(alias["DNSName"]), bool(alias["EvaluateTargetHealth"])
        )
        if alias
        else None,
        set_identifier=item.get("SetIdentifier"),
    )
