"""Route 53 as it fails: unique name servers per zone, used-up references, atomic batches."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ebdeploy.facts.clock import Clock
from ebdeploy.sandbox.addresses import Addresses
from ebdeploy.sandbox.protocol import AwsError, Call, Parameters, Service
from ebdeploy.sandbox.route53_changes import apply_batch, plain, to_shape, wire
from ebdeploy.sandbox.state import HostedZone, NameServer, RecordSet, State

SUFFIXES = ("org", "com", "net", "co.uk")
IN_SYNC_AFTER = 30.0  # clock seconds; Route 53 says usually within 60
NS_TTL, SOA_TTL, SOA_MINIMUM = 172800, 900, 86400


class Route53:
    """The service; ``on_change`` tells the DNS server that zones or records changed."""

    def __init__(
        self, state: State, addresses: Addresses, clock: Clock, on_change: Callable[[], None]
    ) -> None:
        self._state = state
        self._addresses = addresses
        self._clock = clock
        self._on_change = on_change
        self._servers = 0
        self.service = Service(
            "route53",
            {
                "CreateHostedZone": self._create_zone,
                "GetHostedZone": self._get_zone,
                "DeleteHostedZone": self._delete_zone,
                "ListHostedZones": self._list_zones,
                "ListHostedZonesByName": self._list_by_name,
                "ListResourceRecordSets": self._list_records,
                "ChangeResourceRecordSets": self._change_records,
                "GetChange": self._get_change,
                "ListTagsForResource": self._list_tags,
                "ChangeTagsForResource": lambda _parameters, _call: {},
            },
            only="us-east-1",
        )

    def create(self, name: str, reference: str, comment: str = "") -> HostedZone:
        """Create a zone with four name servers of its own."""
        servers = tuple(self._name_server(suffix) for suffix in SUFFIXES)
        zone = HostedZone(f"Z{secrets.token_hex(9).upper()}", name, reference, servers, comment)
        hosts = tuple(f"{server.host}." for server in servers)
        soa = f"{hosts[0]} awsdns-hostmaster.amazon.com. 1 7200 {SOA_TTL} 1209600 {SOA_MINIMUM}"
        for record in (
            RecordSet(name, "NS", NS_TTL, hosts),
            RecordSet(name, "SOA", SOA_TTL, (soa,)),
        ):
            zone.records[record.key] = record
        with self._state.lock:
            self._state.zones[zone.id] = zone
            self._state.hosts.update({server.host: (server.address,) for server in servers})
            self._state.used_caller_references.add(reference)
        self._on_change()
        return zone

    def _name_server(self, suffix: str) -> NameServer:
        self._servers += 1
        host = f"ns-{self._servers}.awsdns-{self._servers % 64:02d}.{suffix}"
        return NameServer(host, self._addresses.name_server())

    def _create_zone(self, parameters: Parameters, _call: Call) -> Parameters:
        reference = parameters["CallerReference"]
        if reference in self._state.used_caller_references:
            raise AwsError("HostedZoneAlreadyExists", f"Reference {reference} was used.", 409)
        comment = parameters.get("HostedZoneConfig", {}).get("Comment", "")
        zone = self.create(plain(parameters["Name"]), reference, comment)
        return {
            "HostedZone": _shape(zone),
            "DelegationSet": _delegation(zone),
            "ChangeInfo": self._change(),
            "Location": f"https://route53.amazonaws.com/2013-04-01/hostedzone/{zone.id}",
        }

    def _get_zone(self, parameters: Parameters, _call: Call) -> Parameters:
        zone = self._zone(parameters["Id"])
        return {"HostedZone": _shape(zone), "DelegationSet": _delegation(zone)}

    def _delete_zone(self, parameters: Parameters, _call: Call) -> Parameters:
        zone = self._zone(parameters["Id"])
        if any(rdtype not in {"NS", "SOA"} for _, rdtype, _ in zone.records):
            raise AwsError("HostedZoneNotEmpty", "The hosted zone contains record sets.")
        with self._state.lock:
            del self._state.zones[zone.id]
        self._on_change()
        return {"ChangeInfo": self._change()}

    def _list_zones(self, _parameters: Parameters, _call: Call) -> Parameters:
        zones = [_shape(zone) for zone in self._ordered()]
        return {"HostedZones": zones, "Marker": "", "IsTruncated": False, "MaxItems": "100"}

    def _list_by_name(self, parameters: Parameters, _call: Call) -> Parameters:
        start = plain(parameters.get("DNSName", ""))
        most = int(parameters.get("MaxItems", "100"))
        zones = [zone for zone in self._ordered() if _order(zone.name) >= _order(start)]
        if "HostedZoneId" in parameters:
            ids = [zone.id for zone in zones]
            first = parameters["HostedZoneId"].rpartition("/")[2]
            zones = zones[ids.index(first) :] if first in ids else zones
        answer: Parameters = {
            "HostedZones": [_shape(zone) for zone in zones[:most]],
            "IsTruncated": len(zones) > most,
            "MaxItems": str(most),
        }
        if len(zones) > most:
            answer["NextDNSName"] = wire(zones[most].name)
            answer["NextHostedZoneId"] = zones[most].id
        return answer

    def _list_records(self, parameters: Parameters, _call: Call) -> Parameters:
        zone = self._zone(parameters["HostedZoneId"])
        start = (
            _order(plain(parameters.get("StartRecordName", ""))),
            parameters.get("StartRecordType", ""),
        )
        most = int(parameters.get("MaxItems", "300"))
        every = sorted(zone.records.values(), key=_record_order)
        rest = [record for record in every if _record_order(record)[:2] >= start]
        answer: Parameters = {
            "ResourceRecordSets": [to_shape(record) for record in rest[:most]],
            "IsTruncated": len(rest) > most,
            "MaxItems": str(most),
        }
        if len(rest) > most:
            answer["NextRecordName"] = wire(rest[most].name)
            answer["NextRecordType"] = rest[most].type
        return answer

    def _change_records(self, parameters: Parameters, _call: Call) -> Parameters:
        with self._state.lock:
            zone = self._zone(parameters["HostedZoneId"])
            zone.records = apply_batch(
                zone.name, zone.records, parameters["ChangeBatch"]["Changes"]
            )
        self._on_change()
        return {"ChangeInfo": self._change()}

    def _get_change(self, parameters: Parameters, _call: Call) -> Parameters:
        change = parameters["Id"].rpartition("/")[2]
        ready = self._state.changes.get(change)
        if ready is None:
            raise AwsError("NoSuchChange", f"Could not find resource with ID: {change}", 404)
        status = "INSYNC" if self._clock.monotonic() >= ready else "PENDING"
        return {"ChangeInfo": _change_shape(change, status)}

    def _list_tags(self, parameters: Parameters, _call: Call) -> Parameters:
        kind, resource = parameters["ResourceType"], parameters["ResourceId"]
        return {"ResourceTagSet": {"ResourceType": kind, "ResourceId": resource, "Tags": []}}

    def _change(self) -> Mapping[str, Any]:
        change = f"C{secrets.token_hex(8).upper()}"
        self._state.changes[change] = self._clock.monotonic() + IN_SYNC_AFTER
        return _change_shape(change, "PENDING")

    def _zone(self, zone_id: str) -> HostedZone:
        zone = self._state.zones.get(zone_id.rpartition("/")[2])
        if zone is None:
            raise AwsError("NoSuchHostedZone", f"No hosted zone found with ID: {zone_id}", 404)
        return zone

    def _ordered(self) -> list[HostedZone]:
        return sorted(self._state.zones.values(), key=lambda zone: (_order(zone.name), zone.id))


def _order(name: str) -> list[str]:
    return list(reversed(name.split("."))) if name else []


def _record_order(record: RecordSet) -> tuple[list[str], str, str]:
    return _order(record.name), record.type, record.set_identifier or ""


def _shape(zone: HostedZone) -> Mapping[str, Any]:
    return {
        "Id": f"/hostedzone/{zone.id}",
        "Name": wire(zone.name),
        "CallerReference": zone.caller_reference,
        "Config": {"Comment": zone.comment, "PrivateZone": zone.private},
        "ResourceRecordSetCount": len(zone.records),
    }


def _delegation(zone: HostedZone) -> Mapping[str, Any]:
    return {"NameServers": [server.host for server in zone.name_servers]}


def _change_shape(change: str, status: str) -> Mapping[str, Any]:
    return {"Id": f"/change/{change}", "Status": status, "SubmittedAt": datetime.now(UTC)}
