from __future__ import annotations

from ebdeploy.aws import route53
from ebdeploy.facts.state import AliasTarget, HostedZone, RecordSet
from tests.aws.answers import Answers


def zone(name: str, zone_id: str = "Z1") -> dict[str, object]:
    return {
        "Id": f"/hostedzone/{zone_id}",
        "Name": f"{name}.",
        "CallerReference": "r",
        "Config": {},
    }


def test_a_list_that_starts_with_a_foreign_zone_is_empty() -> None:
    door = Answers(ListHostedZonesByName={"HostedZones": [zone("zzz.org")], "IsTruncated": True})
    assert route53.read_zones(door, "example.com") == ()
    assert len(door.calls) == 1


def test_the_zones_of_a_domain_and_below_stand_together() -> None:
    pages = [
        {
            "HostedZones": [zone("example.com"), zone("app.example.com", "Z2")],
            "IsTruncated": True,
            "NextDNSName": "b.example.com.",
            "NextHostedZoneId": "Z3",
        },
        {"HostedZones": [zone("b.example.com", "Z3"), zone("example.org", "Z4")]},
    ]
    door = Answers(ListHostedZonesByName=pages)
    found = route53.read_zones(door, "example.com")
    assert [each.id for each in found] == ["Z1", "Z2", "Z3"]
    assert door.parameters("ListHostedZonesByName")[1]["HostedZoneId"] == "Z3"


def test_the_delegation_set_is_normalised() -> None:
    servers = {"NameServers": ["NS-2.awsdns-1.com.", "ns-1.awsdns-1.org"]}
    door = Answers(GetHostedZone={"DelegationSet": servers})
    filled = route53.read_delegation_set(door, HostedZone("Z1", "example.com"))
    assert filled.name_servers == ("ns-1.awsdns-1.org", "ns-2.awsdns-1.com")


def test_records_are_read_page_by_page_without_escapes() -> None:
    alias = {"HostedZoneId": "Z9", "DNSName": "LB.example.", "EvaluateTargetHealth": False}
    pages = [
        {
            "ResourceRecordSets": [
                {"Name": r"\052.example.com.", "Type": "A", "AliasTarget": alias}
            ],
            "IsTruncated": True,
            "NextRecordName": "a.",
            "NextRecordType": "A",
            "NextRecordIdentifier": "one",
        },
        {
            "ResourceRecordSets": [
                {
                    "Name": "a.example.com.",
                    "Type": "A",
                    "TTL": 60,
                    "SetIdentifier": "one",
                    "ResourceRecords": [{"Value": "192.0.2.1"}],
                }
            ]
        },
    ]
    door = Answers(ListResourceRecordSets=pages)
    star, weighted = route53.read_records(door, "Z1")
    assert star == RecordSet("*.example.com", "A", alias=AliasTarget("Z9", "lb.example"))
    assert weighted == RecordSet("a.example.com", "A", 60, ("192.0.2.1",), set_identifier="one")
    assert door.parameters("ListResourceRecordSets")[1]["StartRecordIdentifier"] == "one"


def test_a_change_is_exact_deletes_then_creates_in_one_batch() -> None:
    old = RecordSet("a.example.com", "CNAME", 300, ("b.example.com",))
    new = RecordSet("a.example.com", "A", alias=AliasTarget("Z9", "lb.example"))
    door = Answers(ChangeResourceRecordSets={})
    route53.change_records(door, "Z1", [old], [new])
    (sent,) = door.parameters("ChangeResourceRecordSets")
    first, second = sent["ChangeBatch"]["Changes"]
    assert (first["Action"], second["Action"]) == ("DELETE", "CREATE")
    assert first["ResourceRecordSet"]["ResourceRecords"] == [{"Value": "b.example.com"}]
    assert second["ResourceRecordSet"]["AliasTarget"]["DNSName"] == "lb.example."


def test_a_weighted_set_keeps_its_identifier_on_the_way_back() -> None:
    shape = route53.to_aws(RecordSet("a.example.com", "A", 60, ("192.0.2.1",), set_identifier="x"))
    assert shape["SetIdentifier"] == "x"


def test_a_created_zone_is_public_and_gives_its_id() -> None:
    door = Answers(CreateHostedZone={"HostedZone": zone("example.com", "Z7")})
    assert route53.create_zone(door, "example.com", "ref") == "Z7"
    assert door.parameters("CreateHostedZone")[0]["HostedZoneConfig"]["PrivateZone"] is False
