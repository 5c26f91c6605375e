"""A look for real that publishes nothing: what would be written, field by field against what stands now.

The same reading, mapping and comparing as `connectors.look`, on a memory of its own that is thrown away;
what would go to Kafka is kept as a change, and folded into that memory as if it had been written.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from connectors import manifest as manifests
from connectors.hubs import Mapper, Statement, Words
from connectors.look import Hands, Job, Outcome, look
from connectors.manifest import Manifest
from connectors.memory import Memory
from connectors.personal import Watch
from connectors.publish import Outgoing, Publisher, Writer
from connectors.sources import Row
from connectors.tail import Tail
from schemas import topics
from schemas.bus.registry import Registry
from schemas.codec import decode, load, unframe
from schemas.errors import Reject, Stop
from schemas.settings import Settings

ABOUT_ITSELF: Final = frozenset({"source_id", "revision", "digest", "cause", "origin", "sample"})


class FieldChange(NamedTuple):
    """A field that would change; None where there was or would be nothing."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Change:
    """What would be written of one source record."""

    kind: str
    source_id: str
    what: str  # new, changed, removed, held, rejected or mended
    title: str = ""
    fields: Sequence[FieldChange] = ()
    why: str = ""


@dataclass
class Preview:
    """What one look would do, and how the look went per kind."""

    hub: str
    sample: bool
    outcomes: list[Outcome] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    stands: dict[tuple[str, str], dict[str, Any] | None] = field(default_factory=dict)
    """Kind and source id -> the regional record as it would stand; None when it would be gone."""
    first: bool = False
    personal: dict[str, dict[str, int]] = field(default_factory=dict)
    """Kind -> field that may hold personal data -> number of rows in which it does."""


@dataclass(frozen=True)
class Rehearsal(Hands):
    """Hands that keep what they are given to publish."""

    kept: list[Outgoing] = field(default_factory=list)

    def send(self, batch: Sequence[Outgoing]) -> int:
        """Keep a batch, and fold it into the memory as if Kafka had it."""
        self.kept.extend(batch)
        self.tail.pretend(batch, self.clock())
        return 0


def preview(
    settings: Settings,
    manifest: Manifest,
    mappers: Mapping[str, Mapper] | None = None,
    kinds: Iterable[str] = (),
    clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
) -> Preview:
    """Look at the sources of a hub once and say what would be published. Raises `Retry` without Kafka."""
    wanted = [kind for kind in manifest.sources if not kinds or kind in kinds]
    using = mappers or manifests.mappers(manifest.hub, settings)
    if not wanted:
        raise Stop(
            f"{manifest.hub} has no source of that kind", fix=f"It has: {', '.join(manifest.sources)}."
        )
    found = Preview(manifest.hub, manifest.sample)
    registry = Registry(settings.registry.url)
    try:
        with _hands(settings, manifest, registry, clock) as hands:
            for kind in wanted:
                watch = Watch()
                found.outcomes.append(_look(kind, manifest, watched(using[kind], watch), hands))
                found.personal[kind] = watch.named()
            found.first = all(hands.memory.noted(f"release.{kind}") is None for kind in wanted)
            held = _held(manifest.hub, found.outcomes)
            before = hands.tail.values({(one.topic, one.key) for one in hands.kept} | held.keys())
        found.changes = [
            _change(manifest.hub, one, before.get((one.topic, one.key)), registry) for one in hands.kept
        ]
        found.stands = {
            (kind, one.key): _record(kind, one.value, registry)
            for one in hands.kept
            if (kind := one.topic.rpartition(".")[2]) in topics.KINDS
        }
        for place, one in held.items():
            title = _title(_stated(one.kind, before.get(place), registry))
            found.changes.append(replace(one, title=title))
    finally:
        registry.close()
    return found


@contextmanager
def _hands(
    settings: Settings, manifest: Manifest, registry: Registry, clock: Callable[[], int]
) -> Iterator[Rehearsal]:
    catalogue = topics.catalogue([manifest.hub], settings.topics.partitions)
    mine = [topic for topic in catalogue.values() if topic.writer.startswith(f"connector {manifest.hub}")]
    writer = Writer(
        manifest.hub,
        manifest.sample,
        settings.topics.partitions,
        {topic.name: registry.id_for(topic) for topic in mine},
    )
    with tempfile.TemporaryDirectory(prefix="zeven-preview-") as folder:
        memory = Memory(Path(folder) / "memory.sqlite")
        tail = Tail(settings, manifest.hub, memory, registry)
        try:
            tail.open(clock())
            tail.catch_up(clock())
            tail.recall()
            yield Rehearsal(
                memory, Publisher(settings, manifest.hub, lambda: None), tail, writer, clock, lambda: None
            )
        finally:
            tail.close()
            memory.close()


def watched(mapper: Mapper, watch: Watch) -> Mapper:
    """The mapper, with somebody who notes which fields of the rows may be personal."""

    def seen(row: Row, words: Words) -> Statement:
        watch.saw(row)
        return mapper(row, words)

    return seen


def _held(hub: str, outcomes: Iterable[Outcome]) -> dict[tuple[str, str], Change]:
    """Removals that would be held, by topic and key."""
    return {
        (topics.regional(hub, one.kind), source_id): Change(one.kind, source_id, "held")
        for one in outcomes
        for source_id in one.held_ids
    }


def _look(kind: str, manifest: Manifest, mapper: Mapper, hands: Rehearsal) -> Outcome:
    part = manifest.sources[kind]
    source = part.open()
    try:
        first = hands.memory.noted(f"release.{kind}") is None
        job = Job(
            kind,
            part.reader,
            source,
            mapper,
            manifest.words,
            manifest.brake_of(kind),
            part.expected,
            first=first,
        )
        return look(job, hands)
    finally:
        source.close()


def _change(hub: str, one: Outgoing, before: bytes | None, registry: Registry) -> Change:
    if one.topic == topics.rejected(hub):
        return _rejection(one, registry)
    kind = one.topic.rpartition(".")[2]
    old, new = (_stated(kind, value, registry) for value in (before, one.value))
    title = _title(new or old)
    if new is None:
        evidence = json.loads(dict(one.headers)["zeven_evidence"])
        return Change(kind, one.key, "removed", title, why=evidence["how"])
    if old is None:
        return Change(kind, one.key, "new", title)
    fields = [
        _differing(name, old.get(name), new.get(name))
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]
    return Change(kind, one.key, "changed", title, fields)


def _differing(field: str, before: Any, after: Any) -> FieldChange:
    """What differs; of two lists only what is in one of them."""
    if isinstance(before, list) and isinstance(after, list):
        left = [one for one in before if one not in after]
        came = [one for one in after if one not in before]
        return FieldChange(field, left, came) if left or came else FieldChange(field, before, after)
    return FieldChange(field, before, after)


def _rejection(one: Outgoing, registry: Registry) -> Change:
    _, kind, source_id = one.key.split("|", 2)
    if one.value is None:
        return Change(kind, source_id, "mended")
    said = _decoded("rejected.Rejected", one.value, registry) or {}
    fault = FieldChange(said.get("field") or "", said.get("expected"), said.get("got"))
    why = " ".join(filter(None, (said.get("row"), said.get("cause"), said.get("fix"))))
    return Change(kind, source_id, "rejected", fields=[fault], why=why)


def _stated(kind: str, value: bytes | None, registry: Registry) -> dict[str, Any] | None:
    """What a regional record states, flat: its content, keys and organisations."""
    record = _record(kind, value, registry)
    if record is None:
        return None
    stated = {name: said for name, said in record.items() if name not in ABOUT_ITSELF}
    return {**stated.pop("content"), **stated}


def _record(kind: str, value: bytes | None, registry: Registry) -> dict[str, Any] | None:
    return None if value is None else _decoded(f"regional.{kind.capitalize()}", value, registry)


def _decoded(schema: str, value: bytes, registry: Registry) -> dict[str, Any] | None:
    with suppress(Reject):
        number, body = unframe(value)
        return decode(load(schema), body, registry.by_id(number))
    return None


def _title(stated: Mapping[str, Any] | None) -> str:
    """What people call the record."""
    title = (stated or {}).get("title") or {}
    names = [one["name"] for one in (stated or {}).get("organisations", ())]
    return str(title.get("nl") or title.get("en") or ", ".join(names))
