"""Contributions that fold cannot read: each stands in `rejected.<hub>` for as long as that is so."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import structlog

from schemas.errors import Reject
from schemas.topics import rejected
from streams.agents.rejecting import Rejecter
from streams.agents.sources import Held
from streams.engine.stage import Emission, Record
from streams.engine.wire import Wire

STAGE = "fold"
Source = tuple[str, str, str]


class Unfolded:
    """What stands as rejected, by national id, for the things of one partition."""

    def __init__(self, wire: Wire, partition: int, hubs: Collection[str]) -> None:
        self._wire, self._partition, self._hubs = wire, partition, hubs
        self._rejecter = Rejecter(wire, STAGE)
        self._standing: dict[str, dict[Source, None]] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._standing

    def names(self) -> list[str]:
        """National ids with something that stands as rejected."""
        return list(self._standing)

    def tell(
        self, name: str, kind: str, said: Iterable[tuple[bytes, bytes]], now_ms: int
    ) -> Iterator[Emission]:
        """Reject, once, what cannot be read of what is said of an id; take back what can be read again, or is gone."""
        before = self._standing.pop(name, {})
        now: dict[Source, None] = {}
        for key, value in said:
            try:
                self._wire.decode(f"linked.{kind.capitalize()}", value)
            except Reject as fault:
                source = source_of(key)
                structlog.get_logger().error("cannot be folded", stage=STAGE, id=name, reason=str(fault))
                if source[0] not in self._hubs:
                    continue
                now[source] = None
                if source not in before:
                    held = Held(self._partition, None, now_ms, key, value, ())
                    topic = f"linked.{kind}"
                    row = key.decode(errors="replace")
                    yield self._rejecter.emission(source, topic, held, fault, now_ms, row)
        yield from (self._rejecter.tombstone(source) for source in before if source not in now)
        if now:
            self._standing[name] = now

    def forget_written(self) -> None:
        """What was written is read again."""
        self._standing.clear()

    def written(self, hub: str, record: Record) -> None:
        """A rejection of this stage was read back."""
        _, kind, source_id = (record.key or b"").decode(errors="replace").split("|", 2)
        source = (hub, kind, source_id)
        if record.value is None:
            for standing in self._standing.values():
                standing.pop(source, None)
            return
        said = self._wire.readable(STAGE, "rejected.Rejected", source_id, record.value, record.headers)
        if said is not None and said["partition"] == self._partition and said["row"]:
            self._standing.setdefault(said["row"].partition("|")[0], {})[source] = None


def source_of(key: bytes) -> Source:
    """Hub, kind and source id of the key of a linked record; labels hold no bar."""
    _, hub, kind, rest = [*key.decode(errors="replace").split("|", 3), "", "", ""][:4]
    return hub, kind, rest.rpartition("|")[0]


def is_ours(topic: str, record: Record) -> str | None:
    """The hub of a rejection that this stage wrote; None for any other record."""
    key = record.key or b""
    hub = topic.removeprefix(rejected(""))
    return hub if hub != topic and key.startswith(f"{STAGE}|".encode()) and key.count(b"|") > 1 else None
