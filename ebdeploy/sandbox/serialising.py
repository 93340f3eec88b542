"""Answers as boto3 shows them to the wire of the three protocols. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

from botocore.model import OperationModel, ServiceModel

TYPES = {"json": "application/x-amz-json-1.1"}


def content_type(model: ServiceModel) -> str:
    """Return the content type of the service's answers."""
    return TYPES.get(model.resolved_protocol, "text/xml")


def answer(
    model: ServiceModel, operation: OperationModel, result: Mapping[str, Any], request_id: str
) -> tuple[bytes, tuple[tuple[str, str], ...]]:
    """Return body and headers of a successful answer."""
    shape: Any = operation.output_shape
    headers = (("x-amzn-requestid", request_id),)
    if model.resolved_protocol == "json":
        return json.dumps(_plain(result)).encode(), headers
    namespace = str(model.metadata.get("xmlNamespace", ""))
    if model.resolved_protocol == "rest-xml":
        if shape is None:
            return b"", headers
        root = ET.Element(shape.name, {"xmlns": namespace} if namespace else {})
        extra = _fill(root, shape, result)
        return ET.tostring(root), (*headers, *extra)
    root = ET.Element(f"{operation.name}Response", {"xmlns": namespace} if namespace else {})
    if shape is not None:
        wrapper = shape.serialization.get("resultWrapper", f"{operation.name}Result")
        _fill(ET.SubElement(root, wrapper), shape, result)
    metadata = ET.SubElement(root, "ResponseMetadata")
    ET.SubElement(metadata, "RequestId").text = request_id
    return ET.tostring(root), headers


def error(model: ServiceModel, code: str, message: str, request_id: str) -> bytes:
    """Return the body of a refusal."""
    if model.resolved_protocol == "json":
        return json.dumps({"__type": code, "message": message}).encode()
    root = ET.Element("ErrorResponse")
    part = ET.SubElement(root, "Error")
    for tag, text in (("Type", "Sender"), ("Code", code), ("Message", message)):
        ET.SubElement(part, tag).text = text
    ET.SubElement(root, "RequestId").text = request_id
    return ET.tostring(root)


def _fill(element: ET.Element, shape: Any, value: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    headers: list[tuple[str, str]] = []
    for name, member in shape.members.items():
        if value.get(name) is None:
            continue
        wire = member.serialization.get("name", name)
        if member.serialization.get("location") == "header":
            headers.append((wire, str(value[name])))
        elif member.serialization.get("location") is None:
            _append(element, wire, member, value[name])
    return tuple(headers)


def _append(parent: ET.Element, name: str, shape: Any, value: Any) -> None:
    if shape.type_name == "list" and shape.serialization.get("flattened"):
        for item in value:
            _append(parent, name, shape.member, item)
        return
    element = ET.SubElement(parent, name)
    if shape.type_name == "structure":
        _fill(element, shape, value)
    elif shape.type_name == "list":
        for item in value:
            _append(element, shape.member.serialization.get("name", "member"), shape.member, item)
    else:
        element.text = _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
