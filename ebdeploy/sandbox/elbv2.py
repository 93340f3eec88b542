"""Where moto's elbv2 is more lenient than AWS: certificates, ports, target health, zone ids."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

from ebdeploy.sandbox.protocol import AwsError, Call, HttpAnswer, HttpRequest, Parameters, Service
from ebdeploy.sandbox.state import State

# CanonicalHostedZoneId of application load balancers
# (https://docs.aws.amazon.com/general/latest/gr/elb.html).
ALB_ZONE_IDS = {"ap-northeast-1": "Z14GRHDCWA56QT", "us-east-1": "Z35SXDOTRQ7X7K"}
MOTO_ZONE_ID = b"Z2P70J7EXAMPLE"
Health = Callable[[str], list[dict[str, Any]]]


class BalancerRules:
    """Judges elbv2 requests before moto sees them; ``listeners`` tells the ports in use."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.target_health: Health = lambda _arn: []
        self.ports_in_use: Callable[[str], set[int]] = lambda _arn: set()
        self._service = Service(
            "elbv2",
            {
                "DescribeTargetHealth": self._describe_target_health,
                "CreateListener": self._create_listener,
                "ModifyListener": self._modify_listener,
            },
        )

    def judge(self, request: HttpRequest, region: str) -> HttpAnswer | None:
        """Return our own answer, or None where moto's is good."""
        if not any(name.encode() in request.body for name in self._service.handlers):
            return None
        _, answer = self._service.answer(request, region)
        return None if answer.status == 100 else answer

    def correct(self, answer: HttpAnswer, region: str) -> HttpAnswer:
        """Return moto's answer with the region's own hosted zone id."""
        if MOTO_ZONE_ID not in answer.body:
            return answer
        zone_id = ALB_ZONE_IDS.get(region, "Z14GRHDCWA56QT").encode()
        return replace(answer, body=answer.body.replace(MOTO_ZONE_ID, zone_id))

    def mint(self, moto: Any, account: str, region: str, names: Sequence[str]) -> str:
        """Request a certificate of moto's own ACM and return its ARN."""
        body = json.dumps({"DomainName": names[0]}).encode()
        scope = f"x/20260101/{region}/acm/aws4_request"
        seen: list[str] = []
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/",
            "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "HTTP_HOST": "127.0.0.1",
            "CONTENT_TYPE": "application/x-amz-json-1.1",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_X_AMZ_TARGET": "CertificateManager.RequestCertificate",
            "HTTP_X_MOTO_ACCOUNT_ID": account,
            "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=x",
            "wsgi.input": BytesIO(body),
            "wsgi.url_scheme": "http",
            "wsgi.errors": BytesIO(),
            "wsgi.version": (1, 0),
        }
        chunks = moto(environ, lambda status, *_rest: seen.append(status))
        return str(json.loads(b"".join(chunks))["CertificateArn"])

    def _describe_target_health(self, parameters: Parameters, _call: Call) -> Parameters:
        arn = parameters.get("TargetGroupArn", "")
        return {"TargetHealthDescriptions": self.target_health(arn)}

    def _create_listener(self, parameters: Parameters, _call: Call) -> Parameters:
        port = parameters.get("Port")
        if port in self.ports_in_use(parameters["LoadBalancerArn"]):
            raise AwsError("DuplicateListener", f"A listener already exists on port {port}.")
        self._check_certificates(parameters)
        raise Passed

    def _modify_listener(self, parameters: Parameters, _call: Call) -> Parameters:
        self._check_certificates(parameters)
        raise Passed

    def _check_certificates(self, parameters: Parameters) -> None:
        arns = [each.get("CertificateArn", "") for each in parameters.get("Certificates", ())]
        if parameters.get("Protocol") == "HTTPS" and not arns:
            raise AwsError("CertificateNotFound", "A certificate must be specified for HTTPS.")
        for arn in arns:
            certificate = self._state.certificates.get(arn)
            if certificate is None:
                raise AwsError("CertificateNotFound", f"Certificate '{arn}' not found")
            if certificate.status != "ISSUED":
                raise AwsError(
                    "UnsupportedCertificate",
                    f"The certificate '{arn}' must have a fully-qualified domain name, a "
                    "supported signature, and a supported key size.",
                )


class PassedOn(AwsError):
    """Not an error: moto shall answer; HTTP's 100 Continue stands for it."""

    def __init__(self) -> None:
        super().__init__("PassedOn", "", 100)


Passed = PassedOn()
