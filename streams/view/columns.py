"""A national record as one flat row of a file: the columns of each kind follow from its schema. Pure.

Texts in two languages are two columns, places one column a part, lists one cell with `; ` between its items; of lists
of records each item is its values with `, ` between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final, Literal, NamedTuple

from schemas import compat
from schemas.codec import load

Cell = str | int | float | bool | None
Item = Mapping[str, Any]
_TYPES: Final[Mapping[str, Literal["text", "number", "flag"]]] = {
    "string": "text",
    "int": "number",
    "long": "number",
    "double": "number",
    "boolean": "flag",
}


class Column(NamedTuple):
    """One column: its name, what its cells are, what it means, and how a cell is taken from an answer of the API."""

    name: str
    type: Literal["text", "number", "flag"]
    what: str
    take: Callable[[Item], Cell]


@cache
def columns_of(kind: str) -> Sequence[Column]:
    """The columns of a kind of national record, such as `project`."""
    names = compat.node_of(load(f"national.{kind.capitalize()}").document).names
    content = names[f"zeven.{kind.capitalize()}Content"]["fields"]
    own = [column for field in content for column in _columns(field, names)]
    return [*_BEFORE, *own, *_AFTER]


def rows_of(kind: str, items: Iterable[Item]) -> Iterable[list[Cell]]:
    """The cells of records, in the order of the columns."""
    columns = columns_of(kind)
    return ([column.take(item) for column in columns] for item in items)


def arrays_of(kind: str) -> Mapping[str, Any]:
    """The fields of a kind that are lists, each with the Avro type of an item: a name, or types by name."""
    names = compat.node_of(load(f"national.{kind.capitalize()}").document).names
    found = {}
    for field in names[f"zeven.{kind.capitalize()}Content"]["fields"]:
        node = _plain(field["type"], names)
        if not isinstance(node, str) and node["type"] == "array":
            item = _plain(node["items"], names)
            parts = [] if isinstance(item, str) else item["fields"]
            found[str(field["name"])] = {one["name"]: _plain(one["type"], names) for one in parts} or item
    return found


def _columns(field: Mapping[str, Any], names: Mapping[str, Any]) -> Iterable[Column]:
    name, what = str(field["name"]), str(field.get("doc", ""))
    node = _plain(field["type"], names)
    if isinstance(node, str):
        yield Column(name, _TYPES[node], what, _taking(name))
    elif node["type"] == "array":
        yield Column(name, "text", what, _taking(name, then=_joined))
    else:
        for part in node["fields"]:
            inner = _plain(part["type"], names)
            said = f"{what} {part.get('doc', '')}".strip()
            yield Column(f"{name}_{part['name']}", _TYPES[inner], said, _taking(name, str(part["name"])))


def _plain(node: Any, names: Mapping[str, Any]) -> Any:
    """The type without `null` and without a name for it."""
    if isinstance(node, list):
        (node,) = [branch for branch in node if branch != "null"]
    return names.get(node, node) if isinstance(node, str) else node


def _taking(
    name: str, part: str = "", then: Callable[[Any], Cell] = lambda value: value
) -> Callable[[Item], Cell]:
    def take(item: Item) -> Cell:
        value = (item["fields"] or {}).get(name)
        if part:
            value = (value or {}).get(part)
        return None if value is None else then(value)

    return take


def _joined(values: Sequence[Any]) -> Cell:
    return "; ".join(map(_said, values)) or None


def _said(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(str(one) for one in value.values() if one is not None)
    return str(value)


_BEFORE: Final = (
    Column("id", "text", "National id; it stays.", lambda item: str(item["id"])),
    Column("title", "text", "What a person calls it.", lambda item: str(item["title"])),
    Column("hubs", "text", "Hubs that contribute.", lambda item: _joined(item["hubs"])),
    Column("sample", "flag", "Invented data (voorbeelddata).", lambda item: bool(item["sample"])),
)
_AFTER: Final = (
    Column(
        "organisations",
        "text",
        "Organisations, each with its role.",
        lambda item: _joined([f"{one['name']} ({one['role']})" for one in item["organisations"]]),
    ),
    Column("first_changed_at", "text", "First change at a source.", lambda item: item["first_changed_at"]),
    Column("last_changed_at", "text", "Last change at a source.", lambda item: item["last_changed_at"]),
    Column("sequence", "number", "Number of this version.", lambda item: int(item["sequence"])),
)
