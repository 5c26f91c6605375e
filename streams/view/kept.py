"""The lists that the national office keeps, as the view has heard them."""

from __future__ import annotations

import sqlite3

import orjson

from schemas.reference.kept import Kept


def kept(db: sqlite3.Connection) -> Kept:
    """The lists as they are now."""
    found = Kept()
    for name, row, version, text in db.execute("SELECT list, row, version, json FROM office_row"):
        found.put(f"{name}|{row}|{version}", orjson.loads(text))
    return found
