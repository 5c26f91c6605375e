"""What travels beside a record: CloudEvents 1.0 attributes, as the NL GOV profile wants them.

Kafka protocol binding 1.0.2, binary mode (section 3.2): attributes in headers `ce_…`. JSON format for
webhooks. NL GOV profile: `source` is a URN in the `nld` namespace, `type` is reverse domain with a version
and names no organisation.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from schemas.codec import Schema

SPEC = "1.0"
TYPE_ROOT = "nl.ai-hubs"
CONTENT_TYPE = b"application/avro"


def source_of(hub: str | None) -> str:
    """Who says it: a hub, or the national view."""
    return f"urn:nld:ai-hub:{hub}" if hub else "urn:nld:ai-hub:national"


def type_of(stage: str, kind: str) -> str:
    """Event type such as `nl.ai-hubs.regional.project.v1`."""
    return f"{TYPE_ROOT}.{stage}.{kind}.v1"


def instant(time_ms: int) -> str:
    """RFC 3339 UTC text of epoch milliseconds."""
    return (
        datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


def headers(
    event_type: str, source: str, event_id: str, time_ms: int, subject: str
) -> list[tuple[str, bytes]]:
    """Kafka headers of one event in binary mode."""
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id.encode()),
        ("ce_source", source.encode()),
        ("ce_type", event_type.encode()),
        ("ce_time", instant(time_ms).encode()),
        ("ce_subject", subject.encode()),
        ("content-type", CONTENT_TYPE),
    ]


def schema_header(schema: Schema) -> tuple[str, bytes]:
    """Fingerprint of the schema a value was written with, against a registry that gave ids out anew."""
    return ("zeven_schema", schema.fingerprint.encode())


def envelope(
    event_type: str, source: str, event_id: str, time_ms: int, data: dict[str, Any], subject: str
) -> dict[str, Any]:
    """A CloudEvent in JSON structured mode."""
    return {
        "specversion": SPEC,
        "id": event_id,
        "source": source,
        "type": event_type,
        "time": instant(time_ms),
        "subject": subject,
        "datacontenttype": "application/json",
        "data": data,
    }
