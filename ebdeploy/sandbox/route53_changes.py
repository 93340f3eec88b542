"""A change batch against the record sets of a zone: all of it, or none. Pure.

Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ebdeploy.sandbox.protocol import AwsError
from ebdeploy.sandbox.state import Alias, RecordSet

Key = tuple[str, str, str | None]
CAA = re.compile(r'\d{1,3} \S+ ".*"')


def apply_batch(
    zone: str, records: Mapping[Key, RecordSet], changes: Iterable[Mapping[str, Any]]
) -> dict[Key, RecordSet]:
    """Return the record sets after the batch; raises InvalidChangeBatch with all its reasons."""
    after = dict(records)
    wrong: list[str] = []
    for change in changes:
        record = to_record(change["ResourceRecordSet"])
        reason = _refuse_value(zone, record) or _apply_one(zone, after, change["Action"], record)
        if reason:
            wrong.append(reason)
    wrong += _conflicts(zone, after) if not wrong else []
    if wrong:
        raise AwsError("InvalidChangeBatch", f"[{', '.join(wrong)}]")
    return after


def to_record(shape: Mapping[str, Any]) -> RecordSet:
    """Return the record set of the API's shape."""
    alias = shape.get("AliasTarget")
    return RecordSet(
        name=plain(shape["Name"]),
        type=shape["Type"],
        ttl=None if alias else shape.get("TTL"),
        values=tuple(each["Value"] for each in shape.get("ResourceRecords", ())),
        alias=Alias(
            alias["HostedZoneId"], plain(alias["DNSName"]), bool(alias["EvaluateTargetHealth"])
        )
        if alias
        else None,
        set_identifier=shape.get("SetIdentifier"),
    )


def to_shape(record: RecordSet) -> dict[str, Any]:
    """Return the API's shape of a record set, names escaped and with a trailing dot."""
    shape: dict[str, Any] = {"Name": wire(record.name), "Type": record.type}
    if record.set_identifier is not None:
        shape["SetIdentifier"] = record.set_identifier
    if record.alias:
        shape["AliasTarget"] = {
            "HostedZoneId": record.alias.zone_id,
            "DNSName": wire(record.alias.dns_name),
            "EvaluateTargetHealth": record.alias.evaluate_target_health,
        }
    else:
        shape["TTL"] = record.ttl
        shape["ResourceRecords"] = [{"Value": value} for value in record.values]
    return shape


def plain(name: str) -> str:
    """Return the name in lower case, without escapes and trailing dot."""
    text = re.sub(r"\\(\d{3})", lambda escape: chr(int(escape[1], 8)), name)
    return text.lower().rstrip(".")


def wire(name: str) -> str:
    """Return the name as Route 53 writes it."""
    return name.replace("*", r"\052") + "."


def _apply_one(zone: str, records: dict[Key, RecordSet], action: str, record: RecordSet) -> str:
    present = records.get(record.key)
    where = f"[name='{record.name}.', type='{record.type}']"
    if action == "DELETE":
        if present is None:
            return f"Tried to delete resource record set {where} but it was not found"
        if record.name == zone and record.type in {"NS", "SOA"}:
            return f"A HostedZone must contain exactly one {record.type} record set"
        if not _equal(present, record):
            return (
                f"Tried to delete resource record set {where} but the values provided do not "
                "match the current values"
            )
        del records[record.key]
        return ""
    if action == "CREATE" and present is not None:
        return f"Tried to create resource record set {where} but it already exists"
    records[record.key] = record
    return ""


def _equal(present: RecordSet, given: RecordSet) -> bool:
    if present.alias or given.alias:
        return present.alias == given.alias
    return present.ttl == given.ttl and set(present.values) == set(given.values)


def _refuse_value(zone: str, record: RecordSet) -> str:
    if record.name != zone and not record.name.endswith(f".{zone}"):
        return f"RRSet with DNS name {record.name}. is not permitted in zone {zone}."
    if record.alias is None and (record.ttl is None or not record.values):
        return f"Invalid request: missing TTL or values for {record.name}."
    if record.alias and record.type not in {"A", "AAAA", "CNAME", "TXT", "CAA", "MX"}:
        return f"Alias of type {record.type} is not supported"
    bad = next((value for value in record.values if not _is_value(record.type, value)), None)
    return (
        f"Invalid Resource Record: FATAL problem: '{bad}' is not valid {record.type}" if bad else ""
    )


def _is_value(rdtype: str, value: str) -> bool:
    if rdtype in {"A", "AAAA"}:
        try:
            return ipaddress.ip_address(value).version == (4 if rdtype == "A" else 6)
        except ValueError:
            return False
    if rdtype == "CAA":
        return CAA.fullmatch(value) is not None
    if rdtype in {"CNAME", "NS"}:
        return " " not in value and bool(value)
    return True


def _conflicts(zone: str, records: Mapping[Key, RecordSet]) -> list[str]:
    cnames = {name for name, rdtype, _ in records if rdtype == "CNAME"}
    wrong = [f"RRSet of type CNAME with DNS name {zone}. is not permitted at apex in zone {zone}."]
    found = wrong if zone in cnames else []
    for name, rdtype, _ in records:
        if name in cnames and rdtype != "CNAME":
            found.append(
                f"RRSet of type CNAME with DNS name {name}. is not permitted as it conflicts with "
                f"other records with the same DNS name in zone {zone}."
            )
    return found
