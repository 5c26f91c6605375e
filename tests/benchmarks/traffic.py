"""Changes of all three kinds in all hubs, at a steady rate: the input of the latency figure."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any, NamedTuple

from connectors import estate
from schemas.cloudevents import schema_header
from schemas.codec import decode, encode, frame, load
from schemas.settings import Settings
from schemas.topics import KINDS, partition_of, regional
from tests.benchmarks.workload import ORGANISATIONS, START_MS, Change, changes

TEXT = " ".join(["voorbeelddata van een werkgroep over haven, zorg, taal en beeld"] * 9)


class Told(NamedTuple):
    """One change and the source it is of."""

    source: tuple[str, str, str]
    revision: int
    change: Change


class Traffic:
    """Makes changes: `source` n lies in topic n modulo all regional topics."""

    def __init__(self, ids: Mapping[str, int], partitions: int) -> None:
        self._ids, self._partitions = ids, partitions
        self.places = list(product(list(estate.declared(Settings())), KINDS))
        self._revision = START_MS
        sample = next(changes(1, 1, 0))
        self._project = self._decoded(sample)

    @staticmethod
    def _decoded(sample: Change) -> dict[str, Any]:
        return decode(load("regional.Project"), sample.value[5:])

    def change(self, source: int) -> Told:
        """The next version of a source."""
        self._revision += 1
        hub, kind = self.places[source % len(self.places)]
        source_id = f"{kind}-{source}"
        record = self._record(kind, source_id)
        schema = load(f"regional.{kind.capitalize()}")
        headers = [
            schema_header(schema),
            ("zeven_revision", str(self._revision).encode()),
            ("zeven_digest", record["digest"].hex().encode()),
            ("zeven_cause", b"source"),
        ]
        topic = regional(hub, kind)
        value = frame(self._ids[topic], encode(schema, record))
        change = Change(topic, partition_of(source_id, self._partitions), source_id, value, headers)
        return Told((hub, kind, source_id), self._revision, change)

    def _record(self, kind: str, source_id: str) -> dict[str, Any]:
        keys = {
            "project": [f"url:https://voorbeeld.example/{source_id}"],
            "event": [f"uid:{source_id}"],
            "membership": ["mem:hub:voorbeeld"],
        }
        number = int(source_id.rpartition("-")[2])
        mentions = [_organisation(number % ORGANISATIONS, "member")]
        if kind != "membership":
            mentions.append(_organisation((number + 7) % ORGANISATIONS, "partner"))
        return {
            **self._project,
            "source_id": source_id,
            "revision": self._revision,
            "digest": self._revision.to_bytes(16),
            "cause": "source",
            "keys": keys[kind],
            "organisations": mentions,
            "content": self._content(kind),
        }

    def _content(self, kind: str) -> dict[str, Any]:
        if kind == "project":
            title = {"nl": f"Versie {self._revision}", "en": None}
            content: dict[str, Any] = {**self._project["content"], "title": title}
            return content
        note = {"nl": f"Versie {self._revision}: {TEXT}", "en": None}
        if kind == "event":
            when = {"start": "2026-12-01T10:00:00", "zone": "Europe/Amsterdam"}
            return {
                "title": {"nl": "Bijeenkomst", "en": None},
                "summary": note,
                "status": "confirmed",
                **when,
            }
        return {"body_kind": "hub", "body": "voorbeeld", "role": "partner", "note": note}


def _organisation(number: int, role: str) -> dict[str, Any]:
    key = f"ror:0{number:06d}99"
    return {"local": key, "name": f"Organisatie {number}", "role": role, "place": "Delft", "keys": [key]}
