"""JSON Schema beside Avro: the same records for programs that read JSON. Pure.

It describes a decoded record in which bytes are hexadecimal text; numbers, null and lists are as in Avro. New fields
may come with a release, so what is not named is allowed (JSON Schema 2020-12).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from schemas import compat

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_HEX: Final = "^([0-9a-f]{2})*$"
_PLAIN: Final[Mapping[str, Mapping[str, Any]]] = {
    "null": {"type": "null"},
    "boolean": {"type": "boolean"},
    "int": {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    "long": {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    "double": {"type": "number"},
    "string": {"type": "string"},
    "bytes": {"type": "string", "pattern": _HEX},
}


def json_schema(document: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a self-contained Avro schema with full names, as `schemas.codec.load` gives it."""
    names = compat.node_of(document).names
    own = str(document["name"])
    parts = {name: _named(node) for name, node in names.items()}
    return {"$schema": DIALECT, "title": own, "$ref": f"#/$defs/{own}", "$defs": parts}


def _named(node: Mapping[str, Any]) -> dict[str, Any]:
    if node["type"] == "fixed":
        return {"type": "string", "pattern": f"^[0-9a-f]{{{2 * node['size']}}}$"}
    fields = {field["name"]: _field(field) for field in node["fields"]}
    said = {"description": node["doc"]} if "doc" in node else {}
    return {"type": "object", **said, "properties": fields, "required": list(fields)}


def _field(field: Mapping[str, Any]) -> dict[str, Any]:
    said = {"description": field["doc"]} if "doc" in field else {}
    return {**_type(field["type"]), **said}


def _type(node: Any) -> dict[str, Any]:
    if isinstance(node, list):
        return {"anyOf": [_type(branch) for branch in node]}
    if isinstance(node, str):
        return dict(_PLAIN[node]) if node in _PLAIN else {"$ref": f"#/$defs/{node}"}
    if node["type"] == "array":
        return {"type": "array", "items": _type(node["items"])}
    if node["type"] in _PLAIN:
        return dict(_PLAIN[node["type"]])
    return {"$ref": f"#/$defs/{node['name']}"}
