"""What PostgreSQL is asked: statements from the options of a manifest. Pure; `postgres` asks them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from psycopg import sql

if TYPE_CHECKING:
    from connectors.sources.postgres import Options

KEY: Final = "__key"
STAMP: Final = "__stamp"
GONE: Final = "__gone"
CHOSEN: Final = "__chosen"
LOCAL_US: Final = 3_600_000_000
"""The hour that a clock without a zone runs twice in autumn."""
MOMENTS: Final = ("timestamp with time zone", "timestamp without time zone", "date")
CLOCK: Final = "SELECT (extract(epoch FROM now()) * 1000000)::bigint AS us"
"""When this transaction began: never later than what it sees."""
SNAPSHOT: Final = (
    "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS low,"
    " pg_snapshot_xmax(pg_current_snapshot())::text AS high"
)
CLUSTER: Final = (
    "SELECT s.system_identifier::text || '/' || c.timeline_id AS name"
    " FROM pg_control_system() AS s, pg_control_checkpoint() AS c"
)
COLUMNS: Final = (
    "SELECT attname AS name, format_type(atttypid, NULL) AS type,"
    " has_column_privilege(attrelid, attnum, 'SELECT') AS may FROM pg_attribute"
    " WHERE attrelid = to_regclass(%(table)s) AND attnum > 0 AND NOT attisdropped"
)


class Asked(NamedTuple):
    """A statement with its values."""

    statement: sql.Composed
    values: dict[str, Any]


class Statements:
    """The statements about one table; `zoned` tells whether its stamps have a time zone."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self.table = sql.Identifier(*options.table.split("."))
        # a percent sign in a condition is the condition's own, not the place of a value
        self._where = sql.SQL("coalesce(({}), false)").format(
            sql.SQL((options.where or "true").replace("%", "%%"))
        )

    def named(self) -> tuple[str, ...]:
        """The columns that the manifest names."""
        options = self._options
        names = [options.id, options.deleted]
        names += (
            (options.modified, *options.select)
            if options.mode == "table"
            else (options.sequence, options.payload)
        )
        return tuple(dict.fromkeys(name for name in names if name))

    def changed_rows(self, since_us: int | None, kind: str) -> Asked:
        """In strict order of (stamp, id). A row without a finite stamp is always shown: when it changed is unknown."""
        options = self._options
        column = sql.Identifier(options.modified)
        zoned = kind == MOMENTS[0]
        moment = column if zoned else sql.SQL("({}::timestamp AT TIME ZONE %(zone)s)").format(column)
        values: dict[str, Any] = {} if zoned else {"zone": options.time_zone}
        condition: sql.Composable = sql.SQL("true")
        if since_us is not None:
            since = sql.SQL("(timestamptz 'epoch' + %(since)s * interval '1 microsecond')")
            border = (
                since if zoned else sql.SQL("({} AT TIME ZONE %(zone)s)::{}").format(since, sql.SQL(kind))
            )
            condition = sql.SQL("({0} >= {1} OR {0} IS NULL OR {0} = '-infinity')").format(column, border)
            values["since"] = since_us if zoned else since_us - LOCAL_US
        statement = sql.SQL(
            "SELECT {key}::text AS {as_key}, {gone} AS {as_gone}, CASE WHEN isfinite({column})"
            " THEN (extract(epoch FROM {moment}) * 1000000)::bigint END AS {as_stamp}, true AS {as_chosen}, {columns}"
            " FROM {table} WHERE {condition} AND {where} ORDER BY {column}, {key}"
        ).format(
            **self._names(),
            column=column,
            moment=moment,
            condition=condition,
            columns=sql.SQL(", ").join(map(sql.Identifier, dict.fromkeys(options.select))),
        )
        return Asked(statement, values)

    def last_words(self, since: int | None, high: int) -> Asked:
        """Of every key that was written since, the highest number; a row's own transaction number has 32 bits of 64.

        The condition of the manifest is judged on the last word: an older one that passes it is no longer true.
        """
        options = self._options
        condition: sql.Composable = sql.SQL("true")
        values: dict[str, Any] = {}
        if since is not None:
            values = {"epoch": high >> 32 << 32, "high": high, "since": since}
            condition = sql.SQL(
                "{key} IN (SELECT {key} FROM {table} o WHERE (CASE WHEN %(epoch)s + o.xmin::text::bigint > %(high)s"
                " THEN %(epoch)s - 4294967296 ELSE %(epoch)s END) + o.xmin::text::bigint >= %(since)s)"
            ).format(key=sql.Identifier(options.id), table=self.table)
        statement = sql.SQL(
            "SELECT DISTINCT ON ({key}) {key}::text AS {as_key}, {gone} AS {as_gone}, NULL::bigint AS {as_stamp},"
            " {where} AS {as_chosen}, CASE WHEN {where} THEN {payload} END AS payload"
            " FROM {table} WHERE {condition} ORDER BY {key}, {sequence} DESC"
        ).format(
            **self._names(),
            payload=sql.Identifier(options.payload),
            sequence=sql.Identifier(options.sequence),
            condition=condition,
        )
        return Asked(statement, values)

    def by_key(self, ids: Iterable[str]) -> Asked:
        """Whether records are there, for evidence."""
        options = self._options
        newest = sql.SQL(", {} DESC").format(sql.Identifier(options.sequence))
        statement = sql.SQL(
            "SELECT DISTINCT ON ({key}) {key}::text AS {as_key}, {gone} AS {as_gone}, {where} AS {as_chosen}"
            " FROM {table} WHERE {key}::text = ANY(%(ids)s) ORDER BY {key}{newest}"
        ).format(**self._names(), newest=newest if options.mode == "outbox" else sql.SQL(""))
        return Asked(statement, {"ids": list(ids)})

    def _names(self) -> dict[str, sql.Composable]:
        options = self._options
        gone = (
            sql.SQL("{}::text").format(sql.Identifier(options.deleted))
            if options.deleted
            else sql.SQL("NULL::text")
        )
        return {
            "key": sql.Identifier(options.id),
            "as_key": sql.Identifier(KEY),
            "as_gone": sql.Identifier(GONE),
            "as_stamp": sql.Identifier(STAMP),
            "as_chosen": sql.Identifier(CHOSEN),
            "gone": gone,
            "table": self.table,
            "where": self._where,
        }


def faults(options: Options, named: Iterable[str], found: Mapping[str, tuple[str, bool]]) -> list[str]:
    """Everything that is wrong with the columns of a manifest; `found` has type and right by name."""
    if not found:
        return [f"there is no table {options.table}"]
    said = []
    for name in named:
        kind, may = found.get(name, ("", False))
        if not kind:
            said.append(f"there is no column {name}")
        elif not may:
            said.append(f"{name} may not be read: GRANT SELECT ({name}) ON {options.table} TO {options.user}")
        elif name in options.select and kind in ("bytea", "bytea[]"):
            said.append(f"{name} holds bytes, which cannot be read: leave it out of select")
        elif name == options.modified and kind not in MOMENTS:
            said.append(f"{name} is {kind}; modified wants a moment or a day")
    return said
