"""The nation as it stands in the topics: read to their present end, for commands that compare a hub with it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing, suppress
from typing import Any

from kafka.errors import KafkaError

from connectors.reading import everything, guarded, reader
from deploy.becoming import Nation, Ours
from schemas import topics
from schemas.bus.registry import Registry
from schemas.codec import decode, load, unframe
from schemas.errors import Reject, Retry
from schemas.settings import Settings
from streams.national.decisions import Decisions, unfit
from streams.national.keys import source_key

Table = dict[str, dict[str, Any]]


class Reader:
    """Reads compacted topics as tables: the last value under each key, decoded."""

    def __init__(self, settings: Settings, registry: Registry) -> None:
        self._settings, self._registry = settings, registry

    def nation(self) -> Nation:
        """What stands now. Raises `Retry` without Kafka or without the right to read."""
        things = {
            _source(one): one["things"] for one in self.table(topics.IDENTITY_KEYS, "identity.Keys").values()
        }
        ids = {
            (_source(one), named["kind"], named["local"]): named["id"]
            for one in self.table(topics.IDENTITY, "identity.Identity").values()
            if not one["gone"]
            for named in one["things"]
        }
        linked: dict[str, dict[tuple[str, str], dict[str, Any]]] = {}
        golden: Table = {}
        for kind in topics.NATIONAL_KINDS:
            schema = kind.capitalize()
            for one in self.table(topics.linked(kind), f"linked.{schema}").values():
                at = source_key(one["hub"], one["source_kind"], one["source_id"])
                linked.setdefault(one["national_id"], {})[at, one["local"]] = one
            golden |= self.table(topics.national(kind), f"national.{schema}")
        decisions = Decisions()
        for key, one in self.table(topics.DECISION, "office.Decision").items():
            decisions.put(key, None if unfit(one) else one)
        return Nation(things, ids, linked, golden, decisions)

    def regional(self, hub: str) -> list[Ours]:
        """What stands in a hub's own topics, and what was removed from them."""
        found: list[Ours] = []
        for kind in topics.KINDS:
            latest = self._latest(topics.regional(hub, kind))
            standing = self._decoded(latest, f"regional.{kind.capitalize()}")
            found += [Ours(kind, source_id, record) for source_id, record in standing.items()]
            found += [Ours(kind, source_id, None) for source_id, value in latest.items() if value is None]
        return found

    def table(self, topic: str, schema: str) -> Table:
        """The last readable value under each key of a topic; what cannot be read is left out."""
        return self._decoded(self._latest(topic), schema)

    def _decoded(self, latest: Mapping[str, bytes | None], schema: str) -> Table:
        found: Table = {}
        for key, value in latest.items():
            if value is None:
                continue
            with suppress(Reject):
                number, body = unframe(value)
                found[key] = decode(load(schema), body, self._registry.by_id(number))
        return found

    def _latest(self, topic: str) -> dict[str, bytes | None]:
        found: dict[str, bytes | None] = {}
        try:
            with closing(reader(self._settings, "zeven-nation")) as consumer, guarded(consumer) as watchdog:
                for record in everything(consumer, topic, watchdog):
                    found[(record.key or b"").decode(errors="replace")] = record.value
        except KafkaError as fault:
            raise Retry(
                f"{topic} cannot be read: {type(fault).__name__}",
                where=self._settings.kafka.bootstrap,
                fix="Is Kafka running, and may this user read it? At the office: `zeven hub grant NAME`.",
            ) from fault
        return found


def _source(one: Mapping[str, Any]) -> str:
    return source_key(one["hub"], one["kind"], one["source_id"])
