"""The input of the benchmarks: changes of projects, about 800 bytes each, the same for every peer.

Every project has an address as identity key and names two organisations with a ROR id out of 500, so that
identify, resolve and fold all have work. About one project in ten is told by two hubs.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from schemas.cloudevents import schema_header
from schemas.codec import encode, frame, load
from schemas.digest import content_digest
from schemas.topics import partition_of, regional

HUBS = ("noord-nederland", "oost-nederland", "midden-nederland", "zuid-holland")
AREAS = ("gezondheid-en-zorg", "onderwijs", "defensie", "haven-en-maritiem", "cultuur-en-media")
SCHEMA = "regional.Project"
ORGANISATIONS = 500
START_MS = 1_780_000_000_000
_WORDS = (
    "haven",
    "zorg",
    "beeld",
    "taal",
    "model",
    "data",
    "robot",
    "akker",
    "school",
    "veilig",
    "leer",
    "stroom",
)


@dataclass(frozen=True)
class Change:
    """One regional record, ready for a producer."""

    topic: str
    partition: int
    key: str
    value: bytes
    headers: list[tuple[str, bytes]]


def changes(
    count: int,
    sources: int,
    schema_id: int,
    partitions: int = 4,
    seed: int = 7,
    organisations: int = ORGANISATIONS,
) -> Iterator[Change]:
    """`count` changes over `sources` source records; the first `sources` of them are first loads."""
    draw = random.Random(seed)
    schema = load(SCHEMA)
    fingerprint = schema_header(schema)
    for number in range(count):
        source = number if number < sources else draw.randrange(sources)
        hub = HUBS[source % len(HUBS)]
        record: dict[str, Any] = _project(source, number, draw, organisations)
        digest = content_digest(SCHEMA, record)
        record["digest"] = digest
        source_id = record["source_id"]
        headers = [
            fingerprint,
            ("zeven_revision", str(record["revision"]).encode()),
            ("zeven_digest", digest.hex().encode()),
            ("zeven_cause", record["cause"].encode()),
        ]
        value = frame(schema_id, encode(schema, record))
        yield Change(regional(hub, "project"), partition_of(source_id, partitions), source_id, value, headers)


def _project(source: int, number: int, draw: random.Random, organisations: int) -> dict[str, object]:
    shared = source - source % 20 if source % 10 == 0 else source  # 0 and 10 are one, 20 and 30 ...
    now = START_MS + number
    words = [draw.choice(_WORDS) for _ in range(40)]
    return {
        "source_id": f"project-{source}",
        "revision": now,
        "digest": bytes(16),
        "sample": True,
        "cause": "first-load" if number <= source else "source",
        "keys": [f"url:https://voorbeeld.example/project/{shared}"],
        "organisations": [_mention((source + turn * 7) % organisations, turn) for turn in range(2)],
        "origin": {
            "address": f"https://voorbeeld.example/wp-json/wp/v2/project/{source}",
            "changed_at": now,
            "first_seen_at": START_MS,
            "read_at": now,
        },
        "content": _content(words, number, draw),
    }


def _mention(number: int, turn: int) -> dict[str, object]:
    key = f"ror:0{number:06d}00"
    return {
        "local": key,
        "name": f"Organisatie {number}",
        "role": "coordinator" if turn == 0 else "partner",
        "via": None,
        "helix": "kennisinstelling",
        "website": f"https://organisatie-{number}.example",
        "place": "Delft",
        "keys": [key],
    }


def _content(words: list[str], number: int, draw: random.Random) -> dict[str, object]:
    return {
        "title": {"nl": " ".join(words[:5]), "en": " ".join(words[5:10])},
        "summary": {"nl": " ".join(words), "en": None},
        "type": "project",
        "status": draw.choice(("running", "ended", "planned")),
        "phase": None,
        "start": "2026-01-01",
        "end": f"2027-{1 + number % 12:02d}-01",
        "deadline": None,
        "areas": [draw.choice(AREAS)],
        "dimensions": [],
        "pillars": [],
        "instruments": [],
        "focus_areas": [],
        "themes": [],
        "research_kind": "with-ai",
        "place": {
            "name": None,
            "address": None,
            "municipality": "Delft",
            "province": "NL-ZH",
            "country": "NL",
        },
        "funding": [{"funder": "NWO", "award": f"NWA.{number}", "stream": None, "amount_eur": 250_000}],
        "indicators": [{"name": "participants", "year": 2026, "value": number % 500}],
        "link": "https://voorbeeld.example/project",
        "contact": None,
    }
