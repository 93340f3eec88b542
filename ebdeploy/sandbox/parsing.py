"""Requests of the three protocols to parameters as boto3 names them. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote
from xml.etree import ElementTree as ET

from botocore.model import OperationModel, ServiceModel, Shape


class Request(Protocol):
    """The parts of a request that are read."""

    @property
    def query(self) -> str:
        """The query string."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers by lower-case name."""
        ...

    @property
    def body(self) -> bytes:
        """The body."""
        ...


def operation_of(
    model: ServiceModel, method: str, path: str, request: Request
) -> tuple[OperationModel, dict[str, str]] | None:
    """Return the operation and the labels of its path, None when there is no such operation."""
    if model.resolved_protocol == "rest-xml":
        return _by_path(model, method, path)
    if model.resolved_protocol == "json":
        name = request.headers.get("x-amz-target", "").rpartition(".")[2]
    else:
        fields = dict(parse_qsl(request.body.decode() or request.query))
        name = fields.get("Action", "")
    return (model.operation_model(name), {}) if name in model.operation_names else None


def parameters_of(
    model: ServiceModel, operation: OperationModel, labels: Mapping[str, str], request: Request
) -> dict[str, Any]:
    """Return the parameters of the request."""
    shape = operation.input_shape
    if shape is None:
        return {}
    if model.resolved_protocol == "json":
        found: dict[str, Any] = json.loads(request.body or b"{}")
        return found
    if model.resolved_protocol == "query":
        fields = dict(parse_qsl(request.body.decode() or request.query, keep_blank_values=True))
        return _from_query(shape, fields, "") or {}
    return _from_rest(shape, labels, request)


@cache
def _routes(model: ServiceModel) -> tuple[tuple[str, re.Pattern[str], str], ...]:
    routes = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        uri = http["requestUri"].partition("?")[0].rstrip("/")
        pattern = re.sub(r"\\{(\w+)\\\+?\\}", r"(?P<\1>.+)", re.escape(uri))
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", pattern)
        routes.append((http["method"], re.compile(pattern), name))
    return tuple(sorted(routes, key=lambda route: -len(route[1].pattern)))


def _by_path(
    model: ServiceModel, method: str, path: str
) -> tuple[OperationModel, dict[str, str]] | None:
    for verb, pattern, name in _routes(model):
        match = pattern.fullmatch(path.rstrip("/"))
        if verb == method and match:
            labels = {key: unquote(value) for key, value in match.groupdict().items()}
            return model.operation_model(name), labels
    return None


def _from_rest(shape: Any, labels: Mapping[str, str], request: Request) -> dict[str, Any]:
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    found: dict[str, Any] = {}
    root = ET.fromstring(request.body) if request.body else None  # noqa: S314 - from our own client
    for name, member in shape.members.items():
        where = member.serialization.get("location")
        wire = member.serialization.get("name", name)
        if where == "uri" and wire in labels:
            found[name] = _scalar(member, labels[wire])
        elif where == "querystring" and wire in query:
            found[name] = _scalar(member, query[wire])
        elif where is None and root is not None:
            element = _child(root, wire)
            if element is not None:
                found[name] = _from_xml(member, element)
    return found


def _from_xml(shape: Any, element: ET.Element) -> Any:
    if shape.type_name == "structure":
        found = {}
        for name, member in shape.members.items():
            child = _child(element, member.serialization.get("name", name))
            if child is not None:
                found[name] = _from_xml(member, child)
        return found
    if shape.type_name == "list":
        return [_from_xml(shape.member, child) for child in element]
    return _scalar(shape, element.text or "")


def _from_query(shape: Any, fields: Mapping[str, str], prefix: str) -> Any:
    if shape.type_name == "structure":
        start = f"{prefix}." if prefix else ""
        found = {}
        for name, member in shape.members.items():
            value = _from_query(member, fields, f"{start}{member.serialization.get('name', name)}")
            if value is not None:
                found[name] = value
        return found or None
    if shape.type_name == "list":
        items: list[Any] = []
        while True:
            item = _from_query(shape.member, fields, f"{prefix}.member.{len(items) + 1}")
            if item is None:
                return items or ([] if prefix in fields else None)
            items.append(item)
    text = fields.get(prefix)
    return None if text is None else _scalar(shape, text)


def _scalar(shape: Shape, text: str) -> Any:
    kind = shape.type_name
    if kind in {"integer", "long"}:
        return int(text)
    if kind == "boolean":
        return text.lower() == "true"
    if kind == "timestamp":
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    return text


def _child(element: ET.Element, name: str) -> ET.Element | None:
    return next((child for child in element if child.tag.rpartition("}")[2] == name), None)
