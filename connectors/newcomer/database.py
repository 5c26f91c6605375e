"""What a PostgreSQL database has to read: its tables and columns, asked read-only; an edge of `zeven hub new`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

import psycopg

from connectors.newcomer.propose import bare
from connectors.newcomer.recognise import KINDS, Found
from schemas.errors import Stop

SCHEMES: Final = ("postgresql://", "postgres://")
_MODIFIED: Final = (
    *(
        "updated at",
        "modified at",
        "gewijzigd op",
        "gewijzigd",
        "modified",
        "updated",
        "last modified",
        "bijgewerkt op",
    ),
    *("laatst gewijzigd", "mutatiedatum", "updated on", "modified on", "changed at"),
)
_DELETED: Final = ("deleted", "deleted at", "verwijderd", "verwijderd op", "is deleted")
_COLUMNS: Final = """
select c.table_schema, c.table_name, c.column_name, c.data_type, coalesce(k.is_key, false)
from information_schema.columns c
left join lateral (
    select true as is_key from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
    where i.indisprimary and array_length(i.indkey::int[], 1) = 1 and a.attname = c.column_name
      and i.indrelid = format('%I.%I', c.table_schema, c.table_name)::regclass
) k on true
where c.table_schema not in ('pg_catalog', 'information_schema')
order by 1, 2, c.ordinal_position
"""


class Column(NamedTuple):
    """A column, its type, and whether it alone is the primary key."""

    name: str
    type: str
    key: bool


def introspect(address: str) -> Found:
    """The table that an address names (`?table=schema.name`), or the only one there. Raises `Stop`."""
    parts = urlsplit(address)
    query = dict(parse_qsl(parts.query))
    wanted = query.pop("table", "")
    try:
        options: dict[str, Any] = {
            "host": parts.hostname or "127.0.0.1",
            "port": parts.port or 5432,
            "database": unquote(parts.path.strip("/")) or "postgres",
            "user": unquote(parts.username or "zeven"),
            "sslmode": query.get("sslmode", "verify-full"),
        }
    except ValueError as fault:
        raise Stop(
            "The address has no sound port", fix="Write postgresql://user@host:5432/database."
        ) from fault
    secret = {"password": unquote(parts.password)} if parts.password else {}
    tables = _tables({**options, **secret})
    name, columns = _chosen(tables, wanted, f"{options['host']}/{options['database']}")
    return Found(
        "postgres", {**options, "table": name, **_how(name, columns)}, KINDS, f"table {name}", secret=secret
    )


def _tables(options: Mapping[str, Any]) -> dict[str, list[Column]]:
    said = {**options, "dbname": options["database"], "connect_timeout": 10}
    said.pop("database")
    try:
        with psycopg.connect(**said, options="-c default_transaction_read_only=on") as connection:
            rows = connection.execute(_COLUMNS).fetchall()
    except psycopg.Error as fault:
        words = " ".join(str(fault).split())[:200]
        raise Stop(
            f"The database does not let us in: {words}",
            where=f"{options['host']}:{options['port']}",
            fix="Is the address right? Without TLS, which is for trials only, add ?sslmode=disable.",
        ) from fault
    found: dict[str, list[Column]] = {}
    for schema, table, *column in rows:
        found.setdefault(table if schema == "public" else f"{schema}.{table}", []).append(Column(*column))
    return found


def _chosen(tables: Mapping[str, Sequence[Column]], wanted: str, where: str) -> tuple[str, Sequence[Column]]:
    if wanted in tables:
        return wanted, tables[wanted]
    if not wanted and len(tables) == 1:
        return next(iter(tables.items()))
    listed = ", ".join(f"{name} ({len(columns)} columns)" for name, columns in tables.items()) or "none"
    what = f"There is no table {wanted!r} that this user may read" if wanted else "Which table?"
    first = next(iter(tables), "schema.name")
    raise Stop(f"{what} There are: {listed}", where=where, fix=f"Name it in the address: …?table={first}")


def _how(table: str, columns: Sequence[Column]) -> dict[str, Any]:
    """An outbox, or a table with a change stamp, as its columns say."""
    by_type = {one.name: one.type for one in columns}
    key = next((one.name for one in columns if one.key), "") or _called(by_type, ("id", "code", "nr"))
    if "seq" in by_type and by_type.get("payload") in ("jsonb", "json"):
        ident = next((name for name in by_type if name not in ("seq", "payload", "op", "at", "xid")), "")
        deleted = _called(by_type, ("op", "operation", *_DELETED))
        return {"mode": "outbox", "id": ident, **({"deleted": deleted} if deleted else {})}
    stamps = {name: kind for name, kind in by_type.items() if kind.startswith("timestamp")}
    modified = _called(stamps, _MODIFIED)
    if not key or not modified:
        lacking = [
            *([] if key else ["a primary key of one column"]),
            *([] if modified else ["a column with the moment of change"]),
        ]
        raise Stop(
            f"Table {table} lacks {' and '.join(lacking)}",
            fix=f"Its columns: {', '.join(by_type)}. Give a view that has both (such as id, updated_at), or an outbox.",
        )
    deleted = _called(by_type, _DELETED)
    rest = {"deleted": deleted} if deleted else {}
    return {"mode": "table", "id": key, "modified": modified, "select": list(by_type), **rest}


def _called(names: Iterable[str], words: Sequence[str]) -> str:
    return next((name for word in words for name in names if bare(name) == word), "")
