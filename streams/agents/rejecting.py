"""What cannot be used goes to `rejected.<hub>`, with its bytes, what is wrong and how to mend it."""

from __future__ import annotations

from typing import Final

from schemas.bus.metrics import REJECTED
from schemas.errors import Reject
from schemas.topics import rejected
from streams.agents.sources import Held
from streams.engine.stage import Emission, Record
from streams.engine.wire import Wire

ORIGINAL_BYTES: Final = 65_536


def key_of(stage: str, kind: str, source_id: str) -> str:
    """Key of a rejected record."""
    return f"{stage}|{kind}|{source_id}"


class Rejecter:
    """Writes rejected records for one stage."""

    def __init__(self, wire: Wire, stage: str) -> None:
        self._wire = wire
        self._stage = stage

    def emission(
        self,
        source: tuple[str, str, str],
        topic: str,
        record: Record | Held,
        fault: Reject,
        now_ms: int,
        row: str | None = None,
    ) -> Emission:
        """The rejected record for a source (hub, kind, source id) that came in as `record` of `topic`."""
        hub, kind, source_id = source
        REJECTED.labels(hub=hub, kind=kind, stage=self._stage).inc()
        name = rejected(hub)
        said = {
            "stage": self._stage,
            "hub": hub,
            "kind": kind,
            "source_id": source_id,
            "topic": topic,
            "partition": record.partition,
            "offset": record.offset,
            "row": row,
            "field": fault.field,
            "expected": fault.expected,
            "got": fault.got,
            "cause": fault.what,
            "fix": fault.fix,
            "original": (record.value or b"")[:ORIGINAL_BYTES],
            "revision": None,
            "at": now_ms,
        }
        key = key_of(self._stage, kind, source_id).encode()
        return Emission(name, 0, key, self._wire.value(name, said), [self._wire.fingerprint(name)])

    def tombstone(self, source: tuple[str, str, str]) -> Emission:
        """It is usable again, or gone."""
        hub, kind, source_id = source
        return Emission(rejected(hub), 0, key_of(self._stage, kind, source_id).encode(), None, [])
