"""The tables of the view: what SQLite holds of the journey, all of it rebuildable from Kafka.

One writer (the materialiser), any number of readers (API and page), write-ahead logging between them.
Positions in Kafka lie in the same database as the data, so that one transaction moves both.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from streams.view import facets, search
from streams.view.versions import functions

VERSION: Final = "9"
FILE: Final = "view.sqlite"

_TABLES: Final = {
    "meta": "name TEXT PRIMARY KEY, value TEXT NOT NULL",
    "position": """topic TEXT, part INT, next INT NOT NULL, anchor INT, anchor_at INT,
        PRIMARY KEY (topic, part)""",
    "regional": """hub TEXT, kind TEXT, source_id TEXT, revision INT NOT NULL, digest BLOB, part INT,
        offset INT, at INT, read_at INT, changed_at INT, first_seen_at INT, address TEXT, cause TEXT,
        sample INT, gone INT, evidence TEXT,
        PRIMARY KEY (hub, kind, source_id)""",
    "mirror": """hub TEXT, kind TEXT, source_id TEXT, revision INT NOT NULL, digest BLOB NOT NULL,
        PRIMARY KEY (hub, kind, source_id)""",
    "ahead": """topic TEXT, part INT, offset INT, hub TEXT, kind TEXT, source_id TEXT, revision INT,
        digest BLOB, PRIMARY KEY (topic, part, offset)""",
    "checked": "hub TEXT PRIMARY KEY, finished_at INT, first_at INT, json TEXT NOT NULL",
    "manifest": "hub TEXT, role TEXT, finished_at INT, json TEXT NOT NULL, PRIMARY KEY (hub, role)",
    "fault": "hub TEXT, kind TEXT, source_id TEXT, why TEXT, born INT, PRIMARY KEY (hub, kind, source_id)",
    "completeness": "hub TEXT PRIMARY KEY, proven_up_to INT, json TEXT NOT NULL",
    "unconfirmed": """hub TEXT, kind TEXT, unconfirmed INT, total INT, since INT, why TEXT,
        PRIMARY KEY (hub, kind)""",
    "national": """id TEXT UNIQUE NOT NULL, kind TEXT, sequence INT, redirect TEXT, sample INT, cause TEXT,
        title TEXT, status TEXT, first_day TEXT, last_day TEXT, sort TEXT, text TEXT, hubs TEXT, areas TEXT,
        dimensions TEXT, part INT, offset INT, at INT, json TEXT, number INTEGER PRIMARY KEY""",
    "version": """id TEXT, kind TEXT, since INT, part INT, offset INT, number INT, sequence INT, gone INT,
        redirect TEXT, sample INT, cause TEXT, title TEXT, status TEXT, first_day TEXT, last_day TEXT,
        sort TEXT, hubs TEXT, areas TEXT, dimensions TEXT, digest BLOB, packed BLOB,
        PRIMARY KEY (id, since, offset)""",
    "contribution": """id TEXT, kind TEXT, hub TEXT, source_kind TEXT, source_id TEXT, local TEXT,
        revision INT, digest BLOB, PRIMARY KEY (id, hub, source_kind, source_id, local)""",
    "conflict": """id TEXT, kind TEXT, field TEXT, hub TEXT, won INT, json TEXT NOT NULL,
        PRIMARY KEY (id, field, hub)""",
    "linked": """id TEXT, hub TEXT, source_kind TEXT, source_id TEXT, local TEXT, part INT, offset INT,
        at INT, PRIMARY KEY (id, hub, source_kind, source_id, local)""",
    "redirect": "id TEXT PRIMARY KEY, kind TEXT, target TEXT, at INT",
    "facet": "id TEXT PRIMARY KEY, tags TEXT NOT NULL, opened INT",
    "overview": """part INT, key TEXT, tab TEXT, cell TEXT, records INT, samples INT, value INT, sample_value INT,
        PRIMARY KEY (part, key)""",
    "notice": """id TEXT PRIMARY KEY, subscription TEXT, national_id TEXT, what TEXT, title TEXT, sample INT,
        created_at INT, at INT, grouped TEXT""",
    "told": "hub TEXT PRIMARY KEY, id TEXT, number INT, json TEXT NOT NULL",
    "delivery": "id TEXT PRIMARY KEY, state TEXT, reason TEXT, updated_at INT, channels TEXT",
    "office_row": "list TEXT, row TEXT, version INT, json TEXT NOT NULL, PRIMARY KEY (list, row, version)",
    "doubt": "id TEXT PRIMARY KEY, kind TEXT, key TEXT, at INT, json TEXT NOT NULL",
    "decision": "id TEXT PRIMARY KEY, action TEXT, kind TEXT, at INT, withdrawn_at INT, json TEXT NOT NULL",
    "objection": "hub TEXT, id TEXT, national_id TEXT, at INT, json TEXT NOT NULL, PRIMARY KEY (hub, id)",
    "outcome": "hub TEXT, id TEXT, at INT, json TEXT NOT NULL, PRIMARY KEY (hub, id)",
    "rejected": """hub TEXT, key TEXT, stage TEXT, kind TEXT, source_id TEXT, revision INT, at INT, json TEXT,
        original BLOB, PRIMARY KEY (hub, key)""",
    "progress": "stage TEXT, task INT, topic TEXT, part INT, next INT, PRIMARY KEY (stage, topic, part)",
    "hostile": """topic TEXT, part INT, offset INT, key TEXT, cause TEXT, at INT,
        PRIMARY KEY (topic, part, offset)""",
    "change": """seq INTEGER PRIMARY KEY AUTOINCREMENT, at INT, kind TEXT, id TEXT, title TEXT, what TEXT,
        sample INT, hubs TEXT, part INT, offset INT""",
}
_INDEXES: Final = (
    "CREATE INDEX IF NOT EXISTS ahead_source ON ahead (hub, kind, source_id)",
    "CREATE INDEX IF NOT EXISTS conflict_hub ON conflict (hub, id, field)",
    "CREATE INDEX IF NOT EXISTS contribution_source ON contribution (hub, source_kind, source_id, local)",
    "CREATE INDEX IF NOT EXISTS national_sort ON national (kind, sort, id)",
    "CREATE INDEX IF NOT EXISTS national_at ON national (kind, at, id)",
    "CREATE INDEX IF NOT EXISTS notice_of ON notice (national_id)",
    "CREATE INDEX IF NOT EXISTS overview_of ON overview (tab, cell)",
    "CREATE INDEX IF NOT EXISTS version_since ON version (since, id)",
    "CREATE INDEX IF NOT EXISTS version_kind ON version (kind, since)",
    "CREATE INDEX IF NOT EXISTS version_place ON version (kind, part, offset)",
    "CREATE INDEX IF NOT EXISTS version_number ON version (id, number)",
    "CREATE INDEX IF NOT EXISTS rejected_source ON rejected (hub, kind, source_id)",
)


def open_writer(folder: Path) -> sqlite3.Connection:
    """The one writing connection; a broken or another release's database is thrown away (Kafka has it)."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    try:
        connection = _opened(path)
        known = connection.execute("SELECT value FROM meta WHERE name = 'version'").fetchone()
    except sqlite3.DatabaseError:
        known = ("broken",)
    if known is not None and known[0] != VERSION:
        for stale in folder.glob(f"{FILE}*"):
            stale.unlink()
        connection = _opened(path)
    with connection:
        connection.execute("INSERT OR REPLACE INTO meta VALUES ('version', ?)", (VERSION,))
    return connection


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    for name, columns in _TABLES.items():
        connection.execute(f"CREATE TABLE IF NOT EXISTS {name} ({columns})")
    search.prepare(connection)
    for index in _INDEXES:
        connection.execute(index)
    connection.commit()
    return connection


def open_reader(folder: Path) -> sqlite3.Connection:
    """A connection that cannot write; rows answer to names."""
    path = folder / FILE
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    functions(connection)
    search.functions(connection)
    facets.functions(connection)
    return connection


def wipe(connection: sqlite3.Connection) -> None:
    """Forget everything that came from Kafka, in one transaction."""
    with connection:
        for name in _TABLES:
            if name != "meta":
                connection.execute(f"DELETE FROM {name}")  # noqa: S608 (names are ours)
        search.wipe(connection)
        connection.execute("DELETE FROM meta WHERE name != 'version'")
