"""The overview counted a second time: table by table over all records, without facets and without a memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from schemas.reference.kept import Kept
from schemas.reference.lists import Crosswalk, rows

Record = Mapping[str, Any]
Figures = dict[tuple[str, ...], tuple[int, int, int, int]]
MANY = {"area": "areas", "dimension": "dimensions", "pillar": "pillars", "instrument": "instruments"}


def recount(kinds: Mapping[str, Iterable[Record]], kept: Kept) -> Figures:
    """All cells that are not empty: (table, values …) with records, samples, value and sample value."""
    found: Figures = {}
    for table in rows("overview_tables"):
        sides = table["dimensions"].split("|") if table["dimensions"] else []
        for record in kinds.get(table["kind"], ()):
            only, _, wanted = table["only"].partition(":")
            if record["content"] is None or (only and record["content"][only] != wanted):
                continue
            for cell, value in _cells((table["measure"], table["kind"], sides), record, kept).items():
                have = found.get((table["slug"], *cell), (0, 0, 0, 0))
                mine = (1, int(record["sample"]), value, value if record["sample"] else 0)
                found[table["slug"], *cell] = tuple(map(sum, zip(have, mine, strict=True)))  # type: ignore[assignment]
    return found


def _cells(table: tuple[str, str, list[str]], record: Record, kept: Kept) -> dict[tuple[str, ...], int]:
    measure, kind, sides = table
    if measure == "records":
        return dict.fromkeys(_crossed(sides, kind, record), 0)
    found: dict[tuple[str, ...], int] = {}
    told = record["content"]["indicators"]
    for one in told:
        if "target" in sides and not _counts_for(one["name"], record, kept):
            continue
        for cell in _crossed(sides, kind, record, one):
            found[cell] = found.get(cell, 0) + one["value"]
    if not told and "target" not in sides:
        nothing = {"name": "not-reported", "year": "not-reported"}
        found = dict.fromkeys(_crossed(sides, kind, record, nothing), 0)
    return found


def _crossed(
    sides: list[str], kind: str, record: Record, figure: Record | None = None
) -> set[tuple[str, ...]]:
    cells: set[tuple[str, ...]] = {()}
    for side in sides:
        if figure and side in ("indicator", "target", "year"):
            values = {str(figure["year" if side == "year" else "name"])}
        else:
            values = _values(side, kind, record)
        cells = {(*cell, value) for cell in cells for value in values}
    return cells


def _values(side: str, kind: str, record: Record) -> set[str]:
    content = record["content"]
    if side == "hub":
        return {one["hub"] for one in record["contributions"]}
    if side == "area" and kind == "membership":
        if content["body_kind"] == "team":
            return {row["area"] for row in rows("themes") if row["slug"] == content["body"]} or {
                "not-assigned"
            }
        return {content["body"] if content["body_kind"] == "working-group" else "not-assigned"}
    if side in MANY:
        return set(content[MANY[side]]) or {"not-assigned"}
    if side == "year":
        return _running(kind, content)
    if side in ("place", "province") and kind != "organisation":
        where = content["venue" if kind == "event" else "place"] or {}
        return {where.get("municipality" if side == "place" else "province") or "not-reported"}
    return {content[side] or "not-reported"}


def _running(kind: str, content: Record) -> set[str]:
    start, end = (content[name] or "" for name in ("start", "end"))
    if not start:
        due = content.get("deadline")
        return {due[:4]} if due else {"not-reported"}
    if not end and kind != "event" and content.get("status") not in ("completed", "stopped"):
        return {f"{start[:4]}+"}
    last = end or start
    years = {str(year) for year in range(int(start[:4]), int(last[:4]) + 1)}
    return years or {"not-reported"}


def _counts_for(indicator: str, record: Record, kept: Kept) -> bool:
    scope = {row["slug"]: row["scope"].split("|") for row in kept.rows("targets")}.get(indicator, [])
    known = Crosswalk(kept.rows("organisations"))
    taking_part = [one for one in record["organisations"] if one["role"] in ("coordinator", "partner")]
    return any(known(one["name"]) in scope for one in taking_part)
