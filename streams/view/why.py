"""The life of one record, from its source to the notices about it, as steps in the order of their times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

import orjson

from streams.view.rows import instant

ORDER: Final = (
    "source",
    "read",
    "regional",
    "rejected",
    "linked",
    "national",
    "redirect",
    "notice",
    "delivery",
)


class Step(NamedTuple):
    """One thing that happened; `at` in epoch milliseconds, None when nobody wrote the time down."""

    stage: str
    at: int | None
    what: str
    where: str

    def shown(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {"stage": self.stage, "at": instant(self.at), "what": self.what, "where": self.where}


def in_order(steps: Iterable[Step]) -> list[Step]:
    """By stage of the journey, and by time within a stage; a step without a time comes first in its stage."""
    return sorted(steps, key=lambda step: (ORDER.index(step.stage), step.at or 0))


def of_source(row: Mapping[str, Any]) -> list[Step]:
    """What a hub's connector did with one source record."""
    key = f"{row['hub']}|{row['kind']}|{row['source_id']}"
    place = f"regional.{row['hub']}.{row['kind']}/{row['part']}@{row['offset']}"
    if row["gone"]:
        what, how = removal(row["evidence"])
        return [Step("regional", row["at"], f"{key}: {what} (revision {row['revision']}){how}", place)]
    return [
        Step("source", row["changed_at"], f"{key}: last changed at its source", row["address"] or ""),
        Step("read", row["read_at"], f"{key}: read by the connector ({row['cause']})", row["address"] or ""),
        Step("regional", row["at"], f"{key}: published as revision {row['revision']}", place),
    ]


def removal(evidence: str | None) -> tuple[str, str]:
    """What became of a record that is gone, and how that is known."""
    try:
        said = orjson.loads(evidence or "{}")
        return str(said.get("what", "removed")), f": {said['how']}" if said.get("how") else ""
    except (orjson.JSONDecodeError, AttributeError):
        return "removed", ""


def of_link(row: Mapping[str, Any], kind: str) -> Step:
    """When a source record was linked to a national id."""
    local = f" as {row['local']}" if row["local"] else ""
    what = f"{row['hub']}|{row['source_kind']}|{row['source_id']}{local}: linked to {row['id']}"
    return Step("linked", row["at"], what, f"linked.{kind}/{row['part']}@{row['offset']}")


def of_national(row: Mapping[str, Any]) -> Step:
    """When the national record got its present version."""
    where = f"national.{row['kind']}/{row['part']}@{row['offset']}"
    if row["redirect"]:
        return Step("redirect", row["at"], f"{row['id']} goes on as {row['redirect']}", where)
    return Step("national", row["at"], f"{row['id']}: version {row['sequence']} ({row['cause']})", where)


def of_rejected(row: Mapping[str, Any], cause: str, fix: str) -> Step:
    """That something of it could not be used."""
    what = f"{row['kind']} {row['source_id']} rejected by {row['stage']}: {cause}"
    return Step("rejected", row["at"], what, fix)


def of_notice(row: Mapping[str, Any], channels: Iterable[Mapping[str, Any]]) -> list[Step]:
    """That a subscription was told, and how that went."""
    told = Step("notice", row["created_at"], f"{row['what']}: for {row['subscription']}", row["id"])
    if row["state"] is None:
        return [told]
    steps = [told]
    for one in channels:
        at = one.get("delivered_at") or row["updated_at"]
        tries = f"{one['attempts']} attempt{'' if one['attempts'] == 1 else 's'}"
        fault = f": {one['error']}" if one.get("error") else ""
        steps.append(Step("delivery", at, f"{one['channel']} {one['state']} after {tries}{fault}", row["id"]))
    if len(steps) == 1:
        reason = f": {row['reason']}" if row["reason"] else ""
        steps.append(Step("delivery", row["updated_at"], f"{row['state']}{reason}", row["id"]))
    return steps
