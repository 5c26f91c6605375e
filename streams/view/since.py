"""What changed since a watermark, from the versions that the view keeps, oldest first; or why nobody can say."""

from __future__ import annotations

import heapq
import sqlite3
from typing import TYPE_CHECKING, Any, Final

from streams.view import moments, versions, watermark
from streams.view.rows import hubs_of, instant
from streams.view.watermark import Watermark

if TYPE_CHECKING:
    from streams.view.api import View

MOST: Final = 100
Told = list[tuple[Watermark, dict[str, Any]]]
"""Changes, each with the watermark after it."""
_SINCE: Final = """
SELECT v.*, (SELECT p.gone FROM version p WHERE p.id = v.id AND (p.since, p.offset) < (v.since, v.offset)
  ORDER BY p.since DESC, p.offset DESC LIMIT 1) AS before
FROM version v WHERE v.kind = ? AND v.part = ? AND v.offset >= ? ORDER BY v.offset LIMIT ?
"""
_WHAT: Final = ("changed", "redirected", "removed")


def after(db: sqlite3.Connection, view: View, asked: Watermark) -> tuple[Watermark, Told, str | None] | None:
    """The watermark of now, the next changes since the one asked for, and why there can be none; None while this
    view is being built anew and has not come that far.
    """
    here = watermark.of(db, view.clock())
    same = here is not None and here.cluster == asked.cluster
    if here is None or (same and watermark.behind(here, asked) and view.ready() is not None):
        return None
    known = [moments.since_when(db, view.clock(), view.history_days), versions.read_since(db)]
    first = min((one for one in known if one is not None), default=None)
    reason = watermark.stale(asked, here, first)
    return here, [] if reason else _caught_up(db, asked, here), reason


def _caught_up(db: sqlite3.Connection, mark: Watermark, here: Watermark) -> Told:
    """The next versions after a watermark, oldest first."""
    runs = []
    for kind, part in here.next:
        cursor = db.execute(_SINCE, (kind, part, mark.next.get((kind, part), 0), MOST))
        runs.append(cursor.fetchall())
    found: Told = []
    for row in heapq.merge(*runs, key=lambda row: row["since"]):
        mark = mark.after((row["kind"], row["part"]), row["offset"])
        found.append((mark, _told(row)))
        if len(found) == MOST:
            break
    return found


def _told(row: sqlite3.Row) -> dict[str, Any]:
    fresh = row["before"] is None or row["before"] == 2
    shown = {name: row[name] for name in ("kind", "id", "title", "sequence")}
    what = "new" if fresh and row["gone"] == 0 else _WHAT[row["gone"]]
    more = {"at": instant(row["since"]), "sample": bool(row["sample"]), "hubs": hubs_of(row["hubs"])}
    return {"seq": None, **shown, "what": what, **more}
