"""The OpenAPI 3.1 document, made from the endpoints and from the very types that decode and encode their bodies."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

import hub
from hub.web import strict
from hub.web.callers import PUBLIC
from hub.web.endpoint import Endpoint
from hub.web.examples import EXAMPLES
from hub.web.problem import MEDIA_TYPE, Problem

_REFUSALS = {
    400: "The request is malformed.",
    401: "No key, or one that is not good.",
    403: "The key lacks the scope.",
    404: "Nothing has that id; or `after` is no cursor of this list.",
    405: "Another method is asked for here.",
    408: "The body came too slowly.",
    409: "The same key is still at work, or a guard says no.",
    413: "The body is too large.",
    415: "The body is no JSON.",
    422: "The body does not fit, or its key came with another body.",
    503: "The hub cannot take it now; `Retry-After` says when to try again.",
}
_KEY = (
    "Honours an `Idempotency-Key` header of 1 to 255 printable ASCII characters: the same key with the same body again has no second "
    "effect and returns the stored answer, with another body it gets 422, and 409 while the first request is at work."
)


def document(endpoints: Iterable[Endpoint], *, server: str = "") -> dict[str, Any]:
    """The whole document."""
    shown = [endpoint for endpoint in endpoints if not endpoint.is_alias]
    types = {Problem}
    for endpoint in shown:
        types |= {answer for answer in endpoint.answers.values() if answer is not None}
        if endpoint.body is not None:
            types.add(endpoint.body)
    ordered = sorted(types, key=repr)
    schemas, components = msgspec.json.schema_components(ordered, ref_template="#/components/schemas/{name}")
    of_type = dict(zip(ordered, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in shown:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, of_type)
    return {
        "openapi": "3.1.0",
        "info": {"title": "edihub", "version": hub.__version__, "description": "Orders, messages and events of an EDI hub."},
        **({"servers": [{"url": server}]} if server else {}),
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "`edihub key create` prints one."}},
            "schemas": strict.schema(components),
        },
    }


def _operation(endpoint: Endpoint, of_type: dict[Any, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "tags": [endpoint.tag],
        "parameters": [*_path_parameters(endpoint), *_query_parameters(endpoint)],
        "responses": _responses(endpoint, of_type),
    }
    said = [_KEY] if endpoint.takes_key else []
    if endpoint.scope == PUBLIC:
        operation["security"] = []
    else:
        said.insert(0, f"Needs the scope `{endpoint.scope}`.")
    operation["description"] = " ".join(said)
    if endpoint.body is not None:
        schema = of_type[endpoint.body]
        if endpoint.body_needs:
            schema = {"allOf": [schema], "anyOf": [_has(name) for name in endpoint.body_needs]}
        content = {"application/json": {"schema": schema, "example": EXAMPLES[endpoint.name]}}
        operation["requestBody"] = {"required": not endpoint.is_body_optional, "content": content}
    return operation


def _has(name: str) -> dict[str, Any]:
    """A member that is there and not empty, whatever it is."""
    told: dict[str, Any] = {"not": {"enum": [None, "", []]}}
    return {"required": [name], "properties": {name: told}}


def _path_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    schema = {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[A-Za-z0-9_.-]+$"}
    names = re.findall(r"\{(\w+)\}", endpoint.path)
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in names]


def _query_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    (schema,), components = msgspec.json.schema_components([endpoint.query], ref_template="{name}")
    described = components.get(schema.get("$ref", ""), schema)
    required = set(described.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _parameter_schema(each)}
        for name, each in described.get("properties", {}).items()
    ]


def _parameter_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """A query parameter that is absent has no value: null stands only in JSON."""
    options = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    if len(options) == 1:
        return {**options[0], **({"description": schema["description"]} if "description" in schema else {})}
    return {name: value for name, value in schema.items() if name != "default" or value is not None}


def _responses(endpoint: Endpoint, of_type: dict[Any, Any]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, answer in endpoint.answers.items():
        if answer is None:
            content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        else:
            content = {"application/json": {"schema": of_type[answer]}}
        responses[str(status)] = {"description": "As asked.", "content": content}
    problem = {MEDIA_TYPE: {"schema": of_type[Problem]}}
    for status in sorted(_refusals(endpoint)):
        responses[str(status)] = {"description": _REFUSALS[status], "content": problem}
    return responses


def _refusals(endpoint: Endpoint) -> set[int]:
    found = {400, 408, 413, 503, *endpoint.refusals}
    if "after" in endpoint.query.__struct_fields__:
        found.add(404)
    if endpoint.scope != PUBLIC:
        found |= {401, 403}
    if "{" in endpoint.path:
        found.add(404)
    if endpoint.body is not None:
        found |= {415, 422}
    if endpoint.takes_key:
        found |= {409, 422}
    return found
