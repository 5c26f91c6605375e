"""What makes two states the same: digest of a record, bucket of an id, hash of a bucket.

`digest` = BLAKE2b-128 of the RFC 8785 JSON of what is stated (sample, keys, organisations, content), fields
whose value equals the default in the schema left out, so that a new optional field changes no digest.
`bucket` = first byte of BLAKE2b-128 of "kind|source id". The hash of a bucket is the sum modulo 2^128 of
BLAKE2b-128 of "kind|source id|digest in hex". Test vectors: `schemas/digest_vectors.json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from hashlib import blake2b
from typing import Any, cast

import orjson
import rfc8785

from schemas.codec import load

MODULUS = 1 << 128
STATED = ("sample", "keys", "organisations", "content")


def blake(text: str | bytes) -> bytes:
    """BLAKE2b-128 of UTF-8 text or bytes."""
    return blake2b(text.encode() if isinstance(text, str) else text, digest_size=16).digest()


def canonical(value: Any) -> bytes:
    """RFC 8785 (JCS) JSON. Where orjson provably writes the same, it writes; errors are those of `rfc8785`."""
    try:
        return orjson.dumps(_simple(value), option=orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER)
    except (TypeError, rfc8785.CanonicalizationError):  # of several faults, its first
        return rfc8785.dumps(value)


def _simple(value: Any) -> Any:
    """The value with its floats written as RFC 8785, section 3.2.2.3 wants. TypeError for what is not plain JSON, and
    for keys beyond ASCII, whose order in UTF-16 may be another one.
    """
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if kind is dict:
        if not all(map(str.isascii, value)):
            raise TypeError
        return {key: _simple(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return list(map(_simple, value))
    if kind is float:
        return orjson.Fragment(rfc8785.dumps(value))
    raise TypeError


def stated(schema_name: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """What a regional record states, fields with default values left out."""
    fields = {name: kind for name, kind, _ in _fields_of(schema_name)}
    return {name: _bare(fields[name], record[name]) for name in STATED}


def content_digest(schema_name: str, record: Mapping[str, Any]) -> bytes:
    """Digest of what a regional record states, for instance `content_digest("regional.Project", record)`."""
    return blake(canonical(stated(schema_name, record)))


def bucket_of(kind: str, source_id: str) -> int:
    """Bucket 0..255 of a source record."""
    return blake(f"{kind}|{source_id}")[0]


def bucket_hash(kind: str, source_id: str, digest: bytes) -> int:
    """What one record adds to the hash of its bucket; add modulo `MODULUS`."""
    return int.from_bytes(blake(f"{kind}|{source_id}|{digest.hex()}"), "big")


@cache
def _named(schema_name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def collect(node: Any) -> None:
        if isinstance(node, list):
            for branch in node:
                collect(branch)
        elif isinstance(node, dict):
            if node["type"] == "record":
                name = (
                    node["name"]
                    if "." in node["name"]
                    else f"{node.get('namespace', 'zeven')}.{node['name']}"
                )
                found[name] = node
                for field in node["fields"]:
                    collect(field["type"])
            elif node["type"] == "array":
                collect(node["items"])

    collect(load(schema_name).document)
    return found


_ABSENT = object()


@cache
def _fields_of(schema_name: str) -> tuple[tuple[str, Any, Any], ...]:
    return cast(
        "tuple[tuple[str, Any, Any], ...]", _compiled(load(schema_name).document, _named(schema_name))[1]
    )


def _compiled(node: Any, named: dict[str, Any]) -> Any:
    """Turn a schema into ("record", fields), ("array", items) or None for plain values."""
    if isinstance(node, str):
        return _compiled(named[node], named) if node in named else None
    if isinstance(node, list):
        branches = [_compiled(branch, named) for branch in node if branch != "null"]
        return branches[0] if len(branches) == 1 else None
    if node["type"] == "array":
        return ("array", _compiled(node["items"], named))
    if node["type"] != "record":
        return None
    return (
        "record",
        tuple((f["name"], _compiled(f["type"], named), f.get("default", _ABSENT)) for f in node["fields"]),
    )


def _bare(kind: Any, value: Any) -> Any:
    if kind is None or value is None:
        return value
    if kind[0] == "array":
        return [_bare(kind[1], item) for item in value]
    return {
        name: _bare(inner, value[name])
        for name, inner, default in kind[1]
        if value.get(name, default) != default
    }
