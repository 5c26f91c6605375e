"""The gate before the contract: may this schema follow all versions that were ever released?

Stands between a change of `schemas/avro` and the registry, and needs no registry. It resolves reader against
writer as the Avro 1.11 specification says (section "Schema Resolution"), in both directions and against every
version in `schemas/history` (FULL_TRANSITIVE). It asks two things that a registry does not: the frozen prefix
stays the same field by field (FULL_TRANSITIVE would allow to reorder it), and nothing can exhaust a reader.

History is kept per record (`history/<record>/<n>.avsc`) and not per subject: the seven hubs share one
record per kind, so seven copies under seven subjects could only differ by mistake, and an eighth hub must
begin with the same past as the others.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any, Final, NamedTuple

from schemas.codec import Schema, load, refuse_unsafe
from schemas.errors import Stop
from schemas.topics import catalogue

PREFIX: Final = "zeven.prefix"
_PROMOTIONS: Final = {
    "int": {"long", "float", "double"},
    "long": {"float", "double"},
    "float": {"double"},
    "string": {"bytes"},
    "bytes": {"string"},
}
_NAMED: Final = ("record", "error", "enum", "fixed")
_ABSENT: Final = object()


class Node(NamedTuple):
    """A schema node with the names that may be used in it, and the namespace it stands in."""

    type: Any
    names: dict[str, Any]
    namespace: str


def node_of(document: Any) -> Node:
    """The root of a self-contained schema document."""
    names: dict[str, Any] = {}
    _collect(document, names, "")
    return Node(document, names, "")


def unreadable(reader: Any, writer: Any) -> list[str]:
    """Why `reader` cannot read what `writer` wrote, each with its place; empty when it can."""
    return list(_resolve(node_of(reader), node_of(writer), "", frozenset()))


def prefix_faults(new: Mapping[str, Any], old: Mapping[str, Any]) -> list[str]:
    """Where the frozen prefix of a record changed; the fields may be redescribed, nothing else."""
    last = old.get(PREFIX)
    if last is None:
        return []
    if new.get(PREFIX) != last:
        return [f"the frozen prefix ends at {new.get(PREFIX)}, it must end at {last}"]
    before = _until(old["fields"], last)
    now = _until(new["fields"], last)
    found = [f"the frozen prefix has {len(now)} fields, it must have {len(before)}"]
    found = [] if len(now) == len(before) else found
    for place, (is_now, was) in enumerate(zip(now, before, strict=False)):
        if is_now["name"] != was["name"]:
            found.append(f"place {place} of the frozen prefix is {is_now['name']}, it must be {was['name']}")
        elif _shape(is_now) != _shape(was):
            found.append(f"{was['name']} is in the frozen prefix and changed; it must stay as it was")
    return found


def unsafe(document: Any) -> list[str]:
    """What our contract refuses in any version: recursion, array items of no width, enums."""
    found = [f"{name} is an enum; use a string that is checked against a list" for name in _enums(document)]
    try:
        refuse_unsafe(document)
    except Stop as fault:
        found.append(fault.what)
    return found


def faults(new: Mapping[str, Any], released: Sequence[Mapping[str, Any]]) -> list[str]:
    """Everything that keeps `new` from following all `released` versions, oldest first, in words."""
    found = unsafe(new)
    if any("itself" in fault for fault in found):
        return found
    for number, old in enumerate(released, start=1):
        found += [f"cannot read version {number}: {fault}" for fault in unreadable(new, old)]
        found += [f"version {number} cannot read it: {fault}" for fault in unreadable(old, new)]
        found += [f"against version {number}: {fault}" for fault in prefix_faults(new, old)]
    return found


def current() -> dict[str, Schema]:
    """The schemas of the values in all topics by full record name, for instance `zeven.regional.Project`."""
    names = sorted({topic.schema for topic in catalogue(["any"]).values()})
    return {load(name).name: load(name) for name in names}


def history(name: str) -> list[dict[str, Any]]:
    """All released versions of a record, oldest first."""
    folder = files("schemas").joinpath("history", name)
    if not folder.is_dir():
        return []
    found = [entry for entry in folder.iterdir() if entry.name.endswith(".avsc")]
    found.sort(key=lambda entry: int(entry.name.removesuffix(".avsc")))
    return [json.loads(entry.read_text(encoding="utf-8")) for entry in found]


def check() -> dict[str, list[str]]:
    """All faults of all records against their history, by record name; without faults left out."""
    found: dict[str, list[str]] = {}
    for name, schema in current().items():
        released = history(name)
        none = [] if released else ["no version is released; run `zeven schemas release`"]
        if problems := none + faults(schema.document, released):
            found[name] = problems
    return found


def _until(fields: Sequence[dict[str, Any]], last: str) -> list[dict[str, Any]]:
    names = [field["name"] for field in fields]
    return list(fields[: names.index(last) + 1]) if last in names else list(fields)


def _shape(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _shape(value) for key, value in node.items() if key != "doc"}
    return [_shape(item) for item in node] if isinstance(node, list) else node


def _enums(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for branch in node:
            yield from _enums(branch)
    elif isinstance(node, dict):
        if node.get("type") == "enum":
            yield str(node["name"])
        for part in (node.get("items"), node.get("values"), node.get("type")):
            yield from _enums(part)
        for field in node.get("fields", ()):
            yield from _enums(field["type"])


def _full(node: Mapping[str, Any], namespace: str) -> str:
    name = str(node["name"])
    inside = node.get("namespace", namespace)
    return name if "." in name or not inside else f"{inside}.{name}"


def _collect(node: Any, names: dict[str, Any], namespace: str) -> None:
    if isinstance(node, list):
        for branch in node:
            _collect(branch, names, namespace)
    elif isinstance(node, dict):
        inner = namespace
        if node["type"] in _NAMED:
            full = _full(node, namespace)
            names[full] = node
            inner = full.rpartition(".")[0]
        for part in (node.get("items"), node.get("values"), node["type"]):
            _collect(part, names, inner)
        for field in node.get("fields", ()):
            _collect(field["type"], names, inner)


def _opened(node: Node) -> tuple[str, Node]:
    """Kind of a node, and the node itself with a name or a needless `{"type": …}` looked through."""
    kind = node.type
    if isinstance(kind, str):
        full = kind if kind in node.names else f"{node.namespace}.{kind}"
        if full not in node.names:
            return kind, node
        # A named type opens in its own namespace, not in that of the place that names it.
        return _opened(Node(node.names[full], node.names, full.rpartition(".")[0]))
    if isinstance(kind, list):
        return "union", node
    if not isinstance(kind["type"], str) or kind["type"] in node.names:
        return _opened(node._replace(type=kind["type"]))
    return kind["type"], node


def _within(node: Node, part: Any) -> Node:
    inner = node.namespace
    if isinstance(node.type, dict) and node.type["type"] in _NAMED:
        inner = _full(node.type, inner).rpartition(".")[0]
    return Node(part, node.names, inner)


def _resolve(reader: Node, writer: Node, at: str, seen: frozenset[tuple[int, int]]) -> Iterator[str]:
    kind, reader = _opened(reader)
    other, writer = _opened(writer)
    if (id(reader.type), id(writer.type)) in seen and kind in ("record", "error"):
        return
    seen |= {(id(reader.type), id(writer.type))}
    where = at or "the record"
    if other == "union":
        for branch in writer.type:
            yield from _resolve(reader, writer._replace(type=branch), at, seen)
    elif kind == "union":
        if not any(not [*_resolve(reader._replace(type=one), writer, at, seen)] for one in reader.type):
            yield f"{where}: no branch of the union can read {_said(writer)}"
    elif kind != other:
        if kind not in _PROMOTIONS.get(other, ()):
            yield f"{where}: {_said(writer)} cannot be read as {_said(reader)}"
    elif kind in ("array", "map"):
        part = "items" if kind == "array" else "values"
        inner = _within(reader, reader.type[part]), _within(writer, writer.type[part])
        yield from _resolve(*inner, f"{at}[]", seen)
    elif kind in _NAMED:
        yield from _resolve_named(reader, writer, at, seen)


def _resolve_named(reader: Node, writer: Node, at: str, seen: frozenset[tuple[int, int]]) -> Iterator[str]:
    where = at or "the record"
    if not _same_name(reader, writer):
        yield f"{where}: {_said(writer)} was expected, it is named {_said(reader)}"
        return
    kind = reader.type["type"]
    if kind == "fixed" and reader.type["size"] != writer.type["size"]:
        yield f"{where}: {writer.type['size']} bytes cannot be read as {reader.type['size']}"
    elif kind == "enum":
        gone = [one for one in writer.type["symbols"] if one not in reader.type["symbols"]]
        if gone and "default" not in reader.type:
            yield f"{where}: the symbols {', '.join(gone)} are unknown and there is no default"
    elif kind in ("record", "error"):
        for field in reader.type["fields"]:
            yield from _resolve_field(field, reader, writer, (at, seen))


def _resolve_field(
    field: Mapping[str, Any], reader: Node, writer: Node, place: tuple[str, frozenset[tuple[int, int]]]
) -> Iterator[str]:
    at, seen = place
    where = f"{at}.{field['name']}" if at else str(field["name"])
    written = {one["name"]: one for one in writer.type["fields"]}
    known = next((name for name in (field["name"], *field.get("aliases", ())) if name in written), None)
    if known is not None:
        yield from _resolve(
            _within(reader, field["type"]), _within(writer, written[known]["type"]), where, seen
        )
    elif field.get("default", _ABSENT) is _ABSENT:
        yield f"{where}: the field is missing there and has no default"


def _same_name(reader: Node, writer: Node) -> bool:
    """Unqualified names decide, as in the specification since 1.9; aliases may be qualified or not."""
    name = _full(writer.type, writer.namespace)
    short = name.rpartition(".")[2]
    own = _full(reader.type, reader.namespace)
    space = own.rpartition(".")[0]
    aliases = {one if "." in one or not space else f"{space}.{one}" for one in reader.type.get("aliases", ())}
    return own.rpartition(".")[2] == short or name in aliases


def _said(node: Node) -> str:
    kind = node.type if isinstance(node.type, str) else node.type["type"]
    return _full(node.type, node.namespace) if kind in _NAMED else str(kind)
