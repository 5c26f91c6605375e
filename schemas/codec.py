"""Between records and bytes: Avro binary in Confluent framing, and the frozen prefix that may be read alone.

Wire form: one zero byte, four bytes schema id (big-endian), Avro body (Confluent wire format; Avro 1.11
specification, section "Data Serialization"). A prefix is itself a valid Avro record made of the first
fields of its schema, so fastavro reads it and stops exactly where the rest begins.
"""

from __future__ import annotations

import io
import json
import struct
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, cast

from fastavro import parse_schema, schemaless_reader, schemaless_writer
from fastavro.read import SchemaResolutionError
from fastavro.schema import fingerprint, load_schema, to_parsing_canonical_form

from schemas.errors import Reject, Stop

MAX_VALUE_BYTES = 1_048_576
_FRAME = struct.Struct(">bI")
# What hostile bytes raise inside fastavro 1.13 (measured): short reads, bad indexes, bad text, bad unions.
_DECODE_FAULTS = (
    EOFError,
    IndexError,
    ValueError,
    TypeError,
    KeyError,
    OverflowError,
    MemoryError,
    StopIteration,
    struct.error,
    SchemaResolutionError,
)


@dataclass(frozen=True, eq=False)
class Schema:
    """A parsed Avro schema: full `name`, self-contained `json` text and CRC-64-AVRO `fingerprint` (hex)."""

    name: str
    json: str
    parsed: dict[str, Any]
    fingerprint: str

    @property
    def document(self) -> dict[str, Any]:
        """The schema as plain JSON values."""
        return cast("dict[str, Any]", json.loads(self.json))


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _plain(value) for key, value in node.items() if not key.startswith("__")}
    return [_plain(item) for item in node] if isinstance(node, list) else node


def schema_of(document: Any) -> Schema:
    """Parse a self-contained schema. Raises `Stop` when it is recursive or has zero-width array items."""
    refuse_unsafe(document)
    parsed = cast("dict[str, Any]", parse_schema(document, named_schemas={}))
    digest = fingerprint(to_parsing_canonical_form(document), "CRC-64-AVRO")
    return Schema(str(parsed.get("name", parsed["type"])), json.dumps(_plain(document)), parsed, digest)


@cache
def load(name: str) -> Schema:
    """Read `schemas/avro/zeven.<name>.avsc`, for instance `load("regional.Project")`."""
    path = files("schemas.avro").joinpath(f"zeven.{name}.avsc")
    return schema_of(_plain(load_schema(str(path), _write_hint=False)))


@cache
def prefix(name: str, last: str = "") -> Schema:
    """The first fields of a schema up to and including `last` (default: the schema's `zeven.prefix`)."""
    document = load(name).document
    names = [field["name"] for field in document["fields"]]
    end = names.index(last or document["zeven.prefix"]) + 1
    return schema_of({**document, "fields": document["fields"][:end]})


def refuse_unsafe(
    document: Any, inside: frozenset[str] = frozenset(), named: dict[str, Any] | None = None
) -> None:
    """Refuse schemas that can exhaust a reader: recursion and arrays of nothing (fastavro would crash)."""
    named = {} if named is None else named
    if isinstance(document, str):
        if document in inside:
            raise Stop(
                f"The schema refers to itself through {document}", fix="Recursive schemas are not allowed."
            )
        return
    if isinstance(document, list):
        for branch in document:
            refuse_unsafe(branch, inside, named)
        return
    kind = document["type"]
    if kind in ("array", "map"):
        items = document["items" if kind == "array" else "values"]
        refuse_unsafe(items, inside, named)
        if _weightless(items, named):
            raise Stop("The schema has an array of nothing", fix="Array items need at least one byte.")
    elif kind in ("record", "fixed"):
        name = f"{document['namespace']}.{document['name']}" if "namespace" in document else document["name"]
        for field in document.get("fields", ()):
            refuse_unsafe(field["type"], inside | {name, document["name"]}, named)
        named |= {name: document, document["name"]: document}
    elif not isinstance(kind, str):
        refuse_unsafe(kind, inside, named)


def _weightless(node: Any, named: dict[str, Any]) -> bool:
    """Whether a value can take no byte at all."""
    if isinstance(node, str):
        return node == "null" or (node in named and _weightless(named[node], named))
    if isinstance(node, list):
        return False  # the index of the branch takes a byte
    if node["type"] == "record":
        return all(_weightless(field["type"], named) for field in node["fields"])
    return bool(node["type"] == "fixed" and node["size"] == 0) or node["type"] == "null"


def frame(schema_id: int, body: bytes) -> bytes:
    """Put the Confluent header before an Avro body."""
    return _FRAME.pack(0, schema_id) + body


def unframe(value: bytes) -> tuple[int, bytes]:
    """Split a framed value into schema id and Avro body. Raises `Reject` on anything that is not framed."""
    if len(value) < _FRAME.size or value[0] != 0:
        raise Reject(
            "The value is not in Confluent framing",
            field="value",
            expected="0x00, four bytes schema id, Avro binary",
            got=value[:8].hex(" ") or "nothing",
            fix="Publish with an Avro serializer of a Confluent-compatible registry.",
        )
    if len(value) > MAX_VALUE_BYTES:
        raise Reject(
            "The value is too large",
            expected=f"at most {MAX_VALUE_BYTES} bytes",
            got=f"{len(value)} bytes",
            fix="Shorten its texts.",
        )
    return _FRAME.unpack_from(value)[1], value[_FRAME.size :]


def encode(schema: Schema, record: dict[str, Any]) -> bytes:
    """Encode a record to its Avro body."""
    out = io.BytesIO()
    schemaless_writer(out, schema.parsed, record)
    return out.getvalue()


def decode_prefix(schema: Schema, body: bytes) -> tuple[dict[str, Any], int]:
    """Decode the first fields of a body; returns them and the offset at which the rest begins."""
    source = io.BytesIO(body)
    try:
        record = schemaless_reader(source, schema.parsed, None)
    except _DECODE_FAULTS as fault:
        raise _undecodable(schema, fault) from fault
    return cast("dict[str, Any]", record), source.tell()


def decode(schema: Schema, body: bytes, writer: Schema | None = None) -> dict[str, Any]:
    """Decode a whole body into `schema`, written with `writer` (default: the same). Raises `Reject`."""
    source = io.BytesIO(body)
    same = writer is None or writer.fingerprint == schema.fingerprint
    try:
        if same or writer is None:
            record = schemaless_reader(source, schema.parsed, None)
        else:
            record = schemaless_reader(source, writer.parsed, schema.parsed)
    except _DECODE_FAULTS as fault:
        raise _undecodable(schema, fault) from fault
    if source.tell() != len(body):
        raise Reject(
            f"{len(body) - source.tell()} bytes are left after the record",
            expected=schema.name,
            got=f"{len(body)} bytes",
            fix="Write exactly one record per value, with the schema whose id is in the header.",
        )
    return cast("dict[str, Any]", record)


def _undecodable(schema: Schema, fault: BaseException) -> Reject:
    return Reject(
        f"The bytes are no {schema.name}",
        field="value",
        expected=schema.name,
        got=f"{type(fault).__name__}: {fault}"[:200],
        fix="Write the value with the schema whose id is in its header.",
    )
