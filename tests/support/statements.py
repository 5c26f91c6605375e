"""What a mapping says as a record of the contract, for tests of mappings."""

from __future__ import annotations

from typing import Any

from connectors.hubs import Statement
from schemas.codec import decode, encode, load


def fits(kind: str, said: Statement) -> dict[str, Any]:
    """The statement as a record of the contract, written and read again."""
    rest = {"source_id": "12", "revision": 1, "digest": bytes(16), "sample": True, "cause": "source"}
    origin = {"address": "a", "changed_at": None, "first_seen_at": 1, "read_at": 1}
    record = rest | {"keys": said.keys, "organisations": said.organisations, "content": said.content}
    schema = load(f"regional.{kind}")
    return decode(schema, encode(schema, record | {"origin": origin}))
