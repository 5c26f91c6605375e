"""Records made from a schema: one fixed example with every field filled, or any that hypothesis can think of."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from schemas import compat
from schemas.codec import Schema

PLAIN: dict[str, st.SearchStrategy[Any]] = {
    "null": st.none(),
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "string": st.text(max_size=12),
    "bytes": st.binary(max_size=12),
}
FILLED: dict[str, Any] = {
    "null": None,
    "boolean": True,
    "int": 7,
    "long": 1_790_000_000_000,
    "bytes": b"\x00\xff",
}


def any_record(schema: Schema) -> st.SearchStrategy[Any]:
    """All records of a schema."""
    document = schema.document
    return _any(document, compat.node_of(document).names)


def _any(node: Any, names: dict[str, Any]) -> st.SearchStrategy[Any]:
    if isinstance(node, str):
        return PLAIN[node] if node in PLAIN else _any(names[node], names)
    if isinstance(node, list):
        return st.one_of([_any(branch, names) for branch in node])
    if node["type"] == "array":
        return st.lists(_any(node["items"], names), max_size=2)
    if node["type"] == "fixed":
        return st.binary(min_size=node["size"], max_size=node["size"])
    return st.fixed_dictionaries({field["name"]: _any(field["type"], names) for field in node["fields"]})


def example(schema: Schema) -> Any:
    """One record with every nullable field and every list filled."""
    document = schema.document
    return _filled(document, compat.node_of(document).names, "voorbeelddata")


def _filled(node: Any, names: dict[str, Any], word: str) -> Any:
    if isinstance(node, str):
        if node == "string":
            return f"{word} é"
        return FILLED[node] if node in FILLED else _filled(names[node], names, word)
    if isinstance(node, list):
        return _filled(node[-1], names, word)
    if node["type"] == "array":
        return [_filled(node["items"], names, word)]
    if node["type"] == "fixed":
        return bytes(range(node["size"]))
    return {field["name"]: _filled(field["type"], names, field["name"]) for field in node["fields"]}
