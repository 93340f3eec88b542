"""AWS Certificate Manager: ISSUED only when public DNS really shows the validation records."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ebdeploy.facts.clock import Clock
from ebdeploy.sandbox.authority import Authority
from ebdeploy.sandbox.protocol import AwsError, Call, Handler, Parameters, Service
from ebdeploy.sandbox.state import Certificate, State, Validation
from ebdeploy.sandbox.walk import Lookup

RECORDS_AFTER = 5.0  # clock seconds until DescribeCertificate names the records
LOOKS_EVERY = 15.0  # clock seconds between ACM's looks at DNS
MOST_NAMES = 10
AMAZON = {"amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"}
REFUSED = ("elasticbeanstalk.com", "amazonaws.com", "cloudfront.net")
DEFAULT_KEYS = {"RSA_1024", "RSA_2048"}


class Acm:
    """The service; ``users`` tells the load balancers that use a certificate."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        authority: Authority,
        lookup: Lookup,
        mint: Callable[[str, Sequence[str]], str],
    ) -> None:
        self._state = state
        self._clock = clock
        self._authority = authority
        self._lookup = lookup
        self._mint = mint
        self._requested: dict[str, float] = {}
        self._next_look: dict[str, float] = {}
        self.users: Callable[[str], list[str]] = lambda _arn: []
        self.service = Service("acm", self._handlers())

    def _handlers(self) -> dict[str, Handler]:
        return {
            "RequestCertificate": self._request,
            "DescribeCertificate": self._describe,
            "ListCertificates": self._list,
            "GetCertificate": self._get,
            "DeleteCertificate": self._delete,
            "AddTagsToCertificate": self._add_tags,
            "ListTagsForCertificate": self._list_tags,
        }

    def advance(self) -> None:
        """Look at DNS for every pending certificate whose time has come."""
        now = self._clock.monotonic()
        for certificate in list(self._state.certificates.values()):
            if certificate.status != "PENDING_VALIDATION":
                continue
            if now >= self._next_look.get(certificate.arn, 0.0):
                self._next_look[certificate.arn] = now + LOOKS_EVERY
                self._validate(certificate)

    def _validate(self, certificate: Certificate) -> None:
        for validation in certificate.validations:
            _, values = self._lookup(validation.record_name, "CNAME")
            if f"{validation.record_value}." in values:
                validation.status = "SUCCESS"
        if any(validation.status != "SUCCESS" for validation in certificate.validations):
            return
        if not all(self._caa_allows(name) for name in certificate.names):
            certificate.status, certificate.failure_reason = "FAILED", "CAA_ERROR"
            return
        self._issue(certificate)

    def _issue(self, certificate: Certificate) -> None:
        issued = self._authority.issue(certificate.names)
        certificate.certificate_pem, certificate.private_key_pem = issued.certificate, issued.key
        certificate.chain_pem = self._authority.root_pem
        certificate.not_before, certificate.not_after = issued.not_before, issued.not_after
        certificate.serial, certificate.issued = issued.serial, datetime.now(UTC)
        certificate.status = "ISSUED"

    def _caa_allows(self, name: str) -> bool:
        labels = name.removeprefix("*.").split(".")
        for start in range(len(labels) - 1):
            _, values = self._lookup(".".join(labels[start:]), "CAA")
            if values:
                return _permits(values, wildcard=name.startswith("*."))
        return True

    def _request(self, parameters: Parameters, call: Call) -> Parameters:
        others = [name.lower() for name in parameters.get("SubjectAlternativeNames", ())]
        names = tuple(dict.fromkeys([parameters["DomainName"].lower(), *others]))
        token = parameters.get("IdempotencyToken", "")
        _check_request(names, token)
        for known in self._state.certificates.values():
            if token and (known.idempotency_token, known.region) == (token, call.region):
                return {"CertificateArn": known.arn}
        certificate = Certificate(
            arn=self._mint(call.region, names),
            region=call.region,
            names=names,
            created=datetime.now(UTC),
            validations=[self._validation(name) for name in names],
            idempotency_token=token,
            key_algorithm=parameters.get("KeyAlgorithm", "RSA_2048"),
            tags={tag["Key"]: tag.get("Value", "") for tag in parameters.get("Tags", ())},
        )
        self._requested[certificate.arn] = self._clock.monotonic()
        self._next_look[certificate.arn] = self._clock.monotonic() + LOOKS_EVERY
        with self._state.lock:
            self._state.certificates[certificate.arn] = certificate
        return {"CertificateArn": certificate.arn}

    def _validation(self, name: str) -> Validation:
        base = name.removeprefix("*.")
        digest = hashlib.sha256(f"{self._state.account} {base}".encode()).hexdigest()
        value = f"_{digest[32:]}.{digest[:10]}.acm-validations.aws"
        return Validation(name, f"_{digest[:32]}.{base}", value)

    def _describe(self, parameters: Parameters, call: Call) -> Parameters:
        certificate = self._find(parameters["CertificateArn"], call.region)
        named = self._clock.monotonic() - self._requested.get(certificate.arn, 0.0) >= RECORDS_AFTER
        detail = {
            **_common(certificate),
            "SubjectAlternativeNames": list(certificate.names),
            "DomainValidationOptions": [_option(v, named=named) for v in certificate.validations],
            "FailureReason": certificate.failure_reason,
            "Serial": certificate.serial,
            "InUseBy": self.users(certificate.arn),
            "Issuer": "Amazon" if certificate.status == "ISSUED" else None,
            "Subject": f"CN={certificate.names[0]}",
        }
        return {"Certificate": detail}

    def _list(self, parameters: Parameters, call: Call) -> Parameters:
        keys = set(parameters.get("Includes", {}).get("keyTypes", ())) or DEFAULT_KEYS
        states = set(parameters.get("CertificateStatuses", ()))
        mine = [
            c
            for c in self._state.certificates.values()
            if c.region == call.region
            and c.key_algorithm in keys
            and (not states or c.status in states)
        ]
        start, most = int(parameters.get("NextToken", "0")), int(parameters.get("MaxItems", 1000))
        page = [
            {
                **_common(each),
                "SubjectAlternativeNameSummaries": list(each.names),
                "InUse": bool(self.users(each.arn)),
            }
            for each in mine[start : start + most]
        ]
        more = {"NextToken": str(start + most)} if len(mine) > start + most else {}
        return {"CertificateSummaryList": page, **more}

    def _get(self, parameters: Parameters, call: Call) -> Parameters:
        certificate = self._find(parameters["CertificateArn"], call.region)
        if certificate.status != "ISSUED":
            raise AwsError("RequestInProgressException", "The certificate is not issued yet.")
        return {
            "Certificate": certificate.certificate_pem.decode(),
            "CertificateChain": certificate.chain_pem.decode(),
        }

    def _delete(self, parameters: Parameters, call: Call) -> Parameters:
        certificate = self._find(parameters["CertificateArn"], call.region)
        if self.users(certificate.arn):
            raise AwsError("ResourceInUseException", f"{certificate.arn} is in use.")
        with self._state.lock:
            del self._state.certificates[certificate.arn]
        return {}

    def _add_tags(self, parameters: Parameters, call: Call) -> Parameters:
        certificate = self._find(parameters["CertificateArn"], call.region)
        certificate.tags.update({tag["Key"]: tag.get("Value", "") for tag in parameters["Tags"]})
        return {}

    def _list_tags(self, parameters: Parameters, call: Call) -> Parameters:
        certificate = self._find(parameters["CertificateArn"], call.region)
        return {"Tags": [{"Key": k, "Value": v} for k, v in sorted(certificate.tags.items())]}

    def _find(self, arn: str, region: str) -> Certificate:
        certificate = self._state.certificates.get(arn)
        if certificate is None or certificate.region != region:
            raise AwsError("ResourceNotFoundException", f"Could not find certificate {arn}.")
        return certificate


def _check_request(names: tuple[str, ...], token: str) -> None:
    if token and not re.fullmatch(r"\w{1,32}", token):
        raise AwsError("ValidationException", "idempotencyToken must match \\w+, at most 32.")
    if len(names) > MOST_NAMES:
        raise AwsError("LimitExceededException", f"{len(names)} names exceed {MOST_NAMES}.")
    for name in names:
        if name.endswith(REFUSED) or "." not in name.removeprefix("*."):
            raise AwsError("InvalidDomainValidationOptionsException", f"{name} is not allowed.")


def _permits(values: tuple[str, ...], *, wildcard: bool) -> bool:
    tags: dict[str, set[str]] = {"issue": set(), "issuewild": set()}
    for value in values:
        match = re.fullmatch(r'\d+ (\S+) "([^;"]*).*"', value)
        if match and match[1] in tags:
            tags[match[1]].add(match[2].strip())
    governing = tags["issuewild"] if wildcard and tags["issuewild"] else tags["issue"]
    return not governing or bool(governing & AMAZON)


def _common(certificate: Certificate) -> Mapping[str, Any]:
    return {
        "CertificateArn": certificate.arn,
        "DomainName": certificate.names[0],
        "Status": certificate.status,
        "Type": "AMAZON_ISSUED",
        "KeyAlgorithm": certificate.key_algorithm,
        "CreatedAt": certificate.created,
        "IssuedAt": certificate.issued,
        "NotBefore": certificate.not_before,
        "NotAfter": certificate.not_after,
    }


def _option(validation: Validation, *, named: bool) -> Mapping[str, Any]:
    option: dict[str, Any] = {
        "DomainName": validation.name,
        "ValidationDomain": validation.name,
        "ValidationMethod": "DNS",
        "ValidationStatus": validation.status,
    }
    if named:
        option["ResourceRecord"] = {
            "Name": f"{validation.record_name}.",
            "Type": "CNAME",
            "Value": f"{validation.record_value}.",
        }
    return option
