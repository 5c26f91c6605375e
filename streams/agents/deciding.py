"""Stewards' decisions as the stages hear them: small, read whole by every worker."""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from streams.engine.stage import Record
from streams.engine.wire import Wire
from streams.national.decisions import At, Decisions, unfit


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
