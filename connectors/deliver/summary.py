"""A first look is one summary per subscription and hub, whatever the number of records behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from schemas.digest import blake

SHOWN = 10


def summary_id(subscription: str, group: str) -> str:
    """The same summary has the same id, whoever makes it and how often."""
    return f"s-{blake(f'{subscription}|{group}').hex()}"


@dataclass
class Gathering:
    """The notices of one first look, until no more come."""

    subscription: str
    group: str
    since: float
    last: float
    members: dict[str, dict[str, Any]] = field(default_factory=dict)
    partition: int = 0

    @property
    def id(self) -> str:
        """Id of the summary it becomes."""
        return summary_id(self.subscription, self.group)

    def add(self, notice: Mapping[str, Any], now: float) -> None:
        """One more; the same notice twice counts once."""
        kept = ("id", "kind", "title", "hubs", "sample", "cause", "created_at")
        self.members[notice["id"]] = {name: notice[name] for name in kept}
        self.last = now

    def ready(self, now: float, quiet_s: float, longest_s: float) -> bool:
        """Whether it was quiet long enough, or has lasted too long."""
        return now - self.last >= quiet_s or now - self.since >= longest_s

    def notice(self) -> dict[str, Any]:
        """The summary as a notice: counts and first titles per kind."""
        kinds: dict[str, dict[str, Any]] = {}
        for member in sorted(self.members.values(), key=lambda one: (one["title"].casefold(), one["id"])):
            found = kinds.setdefault(member["kind"], {"count": 0, "titles": []})
            found["count"] += 1
            if len(found["titles"]) < SHOWN:
                found["titles"].append(member["title"])
        hub = self.group.partition(":")[2]
        return {
            "id": self.id,
            "subscription": self.subscription,
            "national_id": "",
            "kind": "summary",
            "what": "first-look",
            "cause": "first-load",
            "evaluation": 0,
            "before": None,
            "after": orjson.dumps({"hub": hub, "kinds": kinds}, option=orjson.OPT_SORT_KEYS).decode(),
            "changes": [],
            "hubs": [hub],
            "sample": any(member["sample"] for member in self.members.values()),
            "title": f"Eerste blik op {hub}",
            "created_at": min((member["created_at"] for member in self.members.values()), default=0),
            "group": self.group,
        }
