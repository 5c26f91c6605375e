"""The schema registry over HTTP: register, look up, and never trust an id that changed its meaning.

Speaks the Confluent REST API (`/subjects`, `/schemas/ids`, `/config`), as Confluent, Apicurio and
Karapace do. Synchronous; a stream asks for unknown ids before a batch begins, in a thread.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx

from schemas.codec import Schema, load, schema_of
from schemas.errors import Reject, Retry, Stop
from schemas.topics import Topic
from schemas.trust import authorities

_ACCEPT = {"Accept": "application/vnd.schemaregistry.v1+json"}
_TIMEOUT_S = 10.0
_NOT_FOUND = 404
_CONFLICT = 409
_RACED = "already exists"  # Apicurio, when two register one schema at the same moment
_RACES = 10
_SERVER_FAULT = 500


class Registry:
    """A schema registry at `url` (for Apicurio ending in `/apis/ccompat/v7`), with a cache."""

    def __init__(self, url: str, client: httpx.Client | None = None) -> None:
        self.url = url.rstrip("/")
        self._client = client or httpx.Client(
            timeout=_TIMEOUT_S, headers=_ACCEPT, trust_env=False, verify=authorities()
        )
        self._by_id: dict[int, Schema] = {}
        self._ids: dict[tuple[str, str], int] = {}

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def register(self, subject: str, schema: Schema) -> int:
        """Id of `schema` under `subject`, registered if need be. Raises `Stop` when incompatible."""
        known = self._ids.get((subject, schema.fingerprint))
        if known is not None:
            return known
        body = {"schemaType": "AVRO", "schema": schema.json}
        for _ in range(_RACES):
            answer = self._ask("POST", f"/subjects/{subject}/versions", body)
            if answer.status_code != _CONFLICT or _RACED not in answer.text:
                break
        if answer.status_code == _CONFLICT:
            raise Stop(
                f"The registry refuses {schema.name} as the next version of {subject}: {answer.text[:300]}",
                where=self.url,
                fix="Run `zeven schemas check`: it tells which field breaks which earlier version.",
            )
        schema_id = int(self._result(answer)["id"])
        self._ids[subject, schema.fingerprint] = schema_id
        return schema_id

    def ensure(self, catalogue: Mapping[str, Topic]) -> dict[str, int]:
        """Set FULL_TRANSITIVE and register the schema of every topic; returns schema id by topic name."""
        self._result(self._ask("PUT", "/config", {"compatibility": "FULL_TRANSITIVE"}))
        return {name: self.id_for(topic) for name, topic in catalogue.items()}

    def id_for(self, topic: Topic) -> int:
        """Id under which values of `topic` are written."""
        return self.register(topic.subject, load(topic.schema))

    def by_id(self, schema_id: int) -> Schema:
        """The schema with this id. Raises `Reject` without one, `Retry` without a registry."""
        known = self._by_id.get(schema_id)
        if known is None:
            answer = self._ask("GET", f"/schemas/ids/{schema_id}")
            if answer.status_code == _NOT_FOUND:
                raise Reject(
                    f"No schema has id {schema_id}",
                    where=self.url,
                    expected="an id the registry gave out",
                    got=str(schema_id),
                    fix="Publish with the registry of this system.",
                )
            known = self._by_id[schema_id] = self._parsed(schema_id, self._result(answer)["schema"])
        return known

    @staticmethod
    def _parsed(schema_id: int, text: str) -> Schema:
        try:
            return schema_of(json.loads(text))
        except (Stop, ValueError, KeyError, TypeError) as fault:
            raise Reject(
                f"Schema {schema_id} cannot be used: {fault}",
                fix="Register a plain, non-recursive Avro schema.",
            ) from fault

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        try:
            answer = self._client.request(method, self.url + path, json=body)
        except httpx.HTTPError as fault:
            raise Retry(
                f"The schema registry does not answer: {fault or type(fault).__name__}",
                where=self.url,
                fix="Is it running? See `zeven doctor`.",
            ) from fault
        if answer.status_code >= _SERVER_FAULT:
            raise Retry(
                f"The schema registry answers {answer.status_code}: {answer.text[:200]}", where=self.url
            )
        return answer

    def _result(self, answer: httpx.Response) -> dict[str, Any]:
        try:
            found: dict[str, Any] = answer.json()
        except ValueError as fault:
            raise Stop(
                "The address answers, but not as a schema registry",
                where=str(answer.url),
                fix="Set ZEVEN_REGISTRY_URL to the Confluent-compatible API.",
            ) from fault
        if answer.is_error:
            raise Stop(f"The schema registry refuses: {found}", where=str(answer.url), fix="See its log.")
        return found
