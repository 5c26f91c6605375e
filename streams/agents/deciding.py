"""What the national office says as the stages hear it: decisions and rows of lists, read whole by every worker."""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from schemas.reference.kept import Kept
from streams.engine.stage import Record
from streams.engine.wire import Wire
from streams.national.decisions import At, Decisions, unfit


def rows_heard(kept: Kept, wire: Wire, stage: str, records: Iterable[Record]) -> None:
    """Take versions of rows in; one that cannot be read changes nothing."""
    for record in records:
        key = (record.key or b"").decode(errors="replace")
        said = None if record.value is None else wire.readable(stage, "office.Row", key, record.value)
        if said is not None or record.value is None:
            kept.put(key, said)


def heard(decisions: Decisions, wire: Wire, stage: str, records: Iterable[Record]) -> set[At]:
    """Take decisions in; one that cannot be read leaves the one before. Returns what they touch."""
    touched: set[At] = set()
    for record in records:
        key = (record.key or b"").decode(errors="replace")
        said = None
        if record.value is not None:
            said = wire.readable(stage, "office.Decision", key, record.value)
            if said is None:
                continue
            why = unfit(said)
            if why is not None:
                structlog.get_logger().error("cannot be decided", stage=stage, decision=key, reason=why)
                said = None
        touched |= decisions.put(key, said)
    return touched
