"""Schema ids for a stage: what wrote these bytes, and under which id our own are written.

Ids are resolved *before* a batch begins (`resolve`), because the registry is asked over HTTP in a thread;
while it does not answer the stage waits and is not ready. An id the registry does not know is asked for
during a minute, then its records are rejected. Inside a batch everything here is synchronous.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final

import structlog

from schemas import codec
from schemas.bus.metrics import REJECTED
from schemas.bus.registry import Registry
from schemas.codec import Schema
from schemas.errors import Reject, Retry, Stop
from schemas.topics import Topic
from streams.engine.stage import Headers

HEAD: Final = 5
UNKNOWN_FOR_S: Final = 60.0
AGAIN_S: Final = 1.0
FINGERPRINT: Final = "zeven_schema"


class Wire:
    """Reads and writes framed Avro for the stages of one worker."""

    def __init__(
        self, registry: Registry, catalogue: Mapping[str, Topic], unknown_for_s: float = UNKNOWN_FOR_S
    ) -> None:
        self._registry = registry
        self._catalogue = catalogue
        self._unknown_for_s = unknown_for_s
        self._writers: dict[bytes, Schema | Reject] = {}
        self._own: dict[str, tuple[bytes, Schema, tuple[str, bytes]]] = {}
        self._ours: dict[tuple[bytes, str], bool] = {}
        self.waits_for: str | None = None

    async def prepare(self, topics: Iterable[str]) -> None:
        """Learn the ids under which records of these topics are written; waits for the registry."""
        for name in topics:
            topic = self._catalogue[name]
            schema_id = await self._patiently(partial(self._registry.id_for, topic))
            schema = codec.load(topic.schema)
            head = codec.frame(schema_id, b"")
            self._own[name] = (head, schema, (FINGERPRINT, schema.fingerprint.encode()))
            self._writers[head] = schema

    async def resolve(self, values: Iterable[bytes | None]) -> None:
        """Learn who wrote these values; waits for the registry, and a minute for an unknown id."""
        unknown = {value[:HEAD] for value in values if value} - self._writers.keys()
        heads = [head for head in unknown if len(head) == HEAD and head[0] == 0]
        found = await asyncio.gather(*(self._writer(int.from_bytes(head[1:], "big")) for head in heads))
        self._writers.update(zip(heads, found, strict=True))

    async def _writer(self, schema_id: int) -> Schema | Reject:
        deadline = asyncio.get_running_loop().time() + self._unknown_for_s
        while True:
            try:
                found: Schema = await self._patiently(partial(self._registry.by_id, schema_id))
            except Reject as unknown:
                if asyncio.get_running_loop().time() >= deadline:
                    self.waits_for = None
                    structlog.get_logger().warning("unknown schema id given up", schema_id=schema_id)
                    return unknown
                self.waits_for = f"schema id {schema_id} is not known to the registry yet"
                await asyncio.sleep(AGAIN_S)
            else:
                self.waits_for = None
                return found

    async def _patiently(self, ask: Callable[[], Any]) -> Any:
        while True:
            try:
                found = await asyncio.to_thread(ask)
            except Retry as away:
                if self.waits_for is None:
                    structlog.get_logger().warning("waiting for the schema registry", reason=str(away))
                self.waits_for = str(away)
                await asyncio.sleep(AGAIN_S)
            else:
                self.waits_for = None
                return found

    def partitions(self, topic: str) -> range:
        """The partitions of a topic, by the catalogue."""
        return range(self._catalogue[topic].partitions)

    def fingerprint(self, topic: str) -> tuple[str, bytes]:
        """The header that guards values of `topic` against a registry that gave its ids out anew."""
        return self._own[topic][2]

    def value(self, topic: str, record: dict[str, Any]) -> bytes:
        """A framed value for `topic`."""
        head, schema, _ = self._own[topic]
        return head + codec.encode(schema, record)

    def framed(self, topic: str, *parts: bytes) -> bytes:
        """A framed value for `topic` from pieces of Avro body that were spliced."""
        return b"".join((self._own[topic][0], *parts))

    def rewritten(self, name: str, value: bytes, headers: Headers) -> bytes:
        """The same record in our own schema `name`, under the id its values have. Raises `Reject`."""
        record = self.decode(name, value, headers)
        for head, writer in self._writers.items():
            if isinstance(writer, Schema) and writer.fingerprint == codec.load(name).fingerprint:
                return head + codec.encode(writer, record)
        raise Stop(f"No schema id is known for {name}", fix="Name its topic among those that are prepared.")

    def is_ours(self, value: bytes, name: str) -> bool:
        """True when the writer's schema is exactly our schema `name`: its prefix may be read alone."""
        key = (value[:HEAD], name)
        known = self._ours.get(key)
        if known is None:
            writer = self._writers.get(key[0])
            known = isinstance(writer, Schema) and writer.fingerprint == codec.load(name).fingerprint
            if writer is not None:
                self._ours[key] = known
        return known

    def writer(self, value: bytes, headers: Headers, name: str) -> Schema:
        """The schema that wrote `value`. Raises `Reject` for an unknown id or one that changed its meaning."""
        codec.unframe(value)
        found = self._writers.get(value[:HEAD])
        said = next(
            (text.decode("ascii", "replace") for key, text in headers if key == FINGERPRINT and text), None
        )
        ours = codec.load(name)
        if said == ours.fingerprint:
            return ours
        if not isinstance(found, Schema):
            raise found or Reject("The schema id was not looked up", got=value[:HEAD].hex(" "))
        if said is not None and said != found.fingerprint:
            raise Reject(
                "The registry gives this schema id another meaning than the writer did",
                field="value",
                expected=f"a schema with fingerprint {said}",
                got=f"{found.name} with fingerprint {found.fingerprint}",
                fix="Was the registry wiped? Publish the record again.",
            )
        return found

    def readable(
        self, stage: str, name: str, key: str, value: bytes, headers: Headers = ()
    ) -> dict[str, Any] | None:
        """A record that a stage wrote, or None with a log line and a count: then somebody must look who else writes."""
        try:
            return self.decode(name, value, headers)
        except Reject as fault:
            REJECTED.labels(hub="", kind="", stage=stage).inc()
            structlog.get_logger().error(
                "cannot be read", stage=stage, schema=name, key=key, reason=str(fault)
            )
            return None

    def decode(self, name: str, value: bytes, headers: Headers = ()) -> dict[str, Any]:
        """The whole record as our schema `name` has it. Raises `Reject`."""
        writer = self.writer(value, headers, name)
        return codec.decode(codec.load(name), value[HEAD:], writer)
