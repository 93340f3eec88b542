"""AWS's wire protocols, query, json and rest-xml, driven by botocore's public service models.

A service is a name, a model and handlers; a handler takes the parameters as boto3 names them and
returns the answer as boto3 shows it:

    Service("acm", {"ListCertificates": lambda params, call: {"CertificateSummaryList": []}})

An unknown operation, a missing parameter or an ``AwsError`` becomes AWS's own kind of error.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import botocore.session
from botocore.model import OperationModel, ServiceModel
from botocore.validate import ParamValidator

from ebdeploy.sandbox import parsing, serialising

Parameters = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """Who called what, where; the request id stands in the answer and in EB's events."""

    region: str
    operation: str
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))


class AwsError(Exception):
    """A refusal in AWS's words; ``code`` as the API reference spells it."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as the gate received it."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer for the gate to send."""

    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


Handler = Callable[[Parameters, Call], Mapping[str, Any]]


class Service:
    """One AWS service: its botocore name and a handler for each operation it has."""

    def __init__(self, name: str, handlers: Mapping[str, Handler], *, only: str = "") -> None:
        self.name = name
        self.handlers = handlers
        self.only_region = only

    @cached_property
    def model(self) -> ServiceModel:
        """Return botocore's model of the service."""
        return botocore.session.get_session().get_service_model(self.name)

    def answer(self, request: HttpRequest, region: str) -> tuple[str, HttpAnswer]:
        """Return the operation's name and the answer, an error included."""
        call = Call(region, "Unknown")
        try:
            operation, parameters = self._parse(request)
            call = Call(region, operation.name)
            result = self._handle(operation, parameters, call)
        except AwsError as error:
            return call.operation, self._refuse(error, call)
        body, headers = serialising.answer(self.model, operation, result, call.request_id)
        answer = HttpAnswer(200, serialising.content_type(self.model), body, headers)
        return operation.name, answer

    def _parse(self, request: HttpRequest) -> tuple[OperationModel, Parameters]:
        found = parsing.operation_of(self.model, request.method, request.path, request)
        if found is None:
            raise AwsError("InvalidAction", f"Could not find operation for {request.path}")
        operation, labels = found
        return operation, parsing.parameters_of(self.model, operation, labels, request)

    def _handle(
        self, operation: OperationModel, parameters: Parameters, call: Call
    ) -> Mapping[str, Any]:
        if self.only_region and call.region != self.only_region:
            raise AwsError(
                "SignatureDoesNotMatch",
                f"Credential should be scoped to a valid region: {self.only_region}.",
                403,
            )
        handler = self.handlers.get(operation.name)
        if handler is None:
            raise AwsError("UnknownOperationException", f"{operation.name} is not in this sandbox")
        if operation.input_shape is not None:
            report = ParamValidator().validate(parameters, operation.input_shape)
            if report.has_errors():
                raise AwsError("ValidationError", report.generate_report())
        return handler(parameters, call)

    def _refuse(self, error: AwsError, call: Call) -> HttpAnswer:
        body = serialising.error(self.model, error.code, error.message, call.request_id)
        headers = (("x-amzn-errortype", error.code), ("x-amzn-requestid", call.request_id))
        return HttpAnswer(error.status, serialising.content_type(self.model), body, headers)
