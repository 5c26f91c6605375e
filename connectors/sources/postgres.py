"""Reads a PostgreSQL database: an outbox table, or a table with a column that says when a row was changed.

First step of the journey. A row's fields are the columns that were asked for, as plain values: days and moments as
text (ISO 8601, moments in UTC), numbers as numbers, exact decimals as text; of an outbox the fields of its payload.

**Outbox** (`mode = "outbox"`): a table into which a trigger writes every change, with a growing number. Numbers are
given out before transactions end, so a lower one may become visible after a higher one: "greater than the last" loses
it. Instead a look remembers the oldest transaction that was still open (`pg_snapshot_xmin`), and the next one asks for
what was written by this or a later transaction; of a key only its highest number counts. What the outbox says was
deleted is gone. Transactions are numbered per cluster and timeline: after a restore or a failover all is read anew.

**Table** (`mode = "table"`): asked for what changed since the last look, with an overlap that is learned (see
`cursor`). A change stamp shows no deletions; so everything is read `whole_every_h`, and what is missing is asked for by
its key. A `deleted` column (a flag, or a moment that is set) says it at once. Stamps without a time zone are read in
`time_zone`, with an hour more of overlap for the hour that comes twice.

Every look reads in one transaction that sees one moment (repeatable read, read only) through a cursor of the server,
so that memory stays flat. The connection asks for nothing but the columns named. Rows that a policy of the database
would hide in silence are a fault (`row_security = off`), unless the manifest says that the policy is meant. A look that
fails leaves the state as it was.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final, Literal, LiteralString

import orjson
import psycopg
from psycopg.rows import dict_row
from pydantic import Field, SecretStr, model_validator

from connectors.sources import rows
from connectors.sources.columns import LENIENT, plain, says_deleted
from connectors.sources.cursor import REMEMBERED, Bounds, Stamp, Tracker
from connectors.sources.rows import (
    Clock,
    Evidence,
    Faulty,
    Gone,
    Look,
    LookState,
    Page,
    Row,
    State,
    Verdict,
    What,
    recent,
    unfinished,
)
from connectors.sources.statements import (
    CHOSEN,
    CLOCK,
    CLUSTER,
    COLUMNS,
    GONE,
    KEY,
    SNAPSHOT,
    STAMP,
    Asked,
    Statements,
    faults,
)
from schemas.errors import Reject, Retry

PAGE: Final = 500
Connection = psycopg.Connection[dict[str, Any]]
_NAME: Final = r"^[A-Za-z_][\w$]*$"


class Options(rows.Options):
    """What a manifest says of a database."""

    mode: Literal["outbox", "table"] = Field(description="An outbox, or a table with a change stamp.")
    host: str = Field(description="Where the database answers.")
    port: int = Field(5432, ge=1, le=65_535)
    database: str = Field(min_length=1)
    user: str = Field(min_length=1, description="A user that may read this table and nothing else.")
    password: SecretStr | None = Field(None, description="Never in the manifest, always in the environment.")
    sslmode: Literal["disable", "require", "verify-ca", "verify-full"] = "verify-full"
    sslrootcert: str = Field("", description="File of the authority that signed the server's certificate.")
    table: str = Field(pattern=r"^[A-Za-z_][\w$]*(\.[A-Za-z_][\w$]*)?$", description="Table or view.")
    id: str = Field(pattern=_NAME, description="Column with the id of a record.")
    select: tuple[str, ...] = Field((), description="Columns; the rest is not asked for. Not for an outbox.")
    where: str = Field("", description="Condition; the rest is not asked for.")
    modified: str = Field("", description="Column with the moment of change. Not for an outbox.")
    deleted: str = Field(
        "", description="Column that says that a row is deleted: a flag, a moment, an operation."
    )
    deleted_words: tuple[str, ...] = Field(("d", "delete", "deleted"), description="Operations that delete.")
    sequence: str = Field("seq", pattern=_NAME, description="Column of an outbox with the growing number.")
    payload: str = Field("payload", pattern=_NAME, description="Column of an outbox with the record as JSON.")
    whole_every_h: int = Field(24, ge=1, le=720, description="After so many hours everything is read again.")
    time_zone: str = Field("Europe/Amsterdam", description="Zone of change stamps that have none.")
    row_security: bool = Field(
        False, description="Whether a policy of the database may hide rows: what it shows is the selection."
    )
    overlap_s: float = Field(60.0, ge=0, description="Least overlap of two looks; more is learned.")
    overlap_most_s: float = Field(86_400.0, gt=0, description="Greatest overlap.")
    timeout_s: float = Field(30.0, gt=0, description="Longest time for one statement, and for connecting.")
    may_be_empty: bool = Field(False, description="Whether a table without rows is an answer.")

    @model_validator(mode="after")
    def _complete(self) -> Options:
        faults = []
        if self.mode == "table":
            faults += [
                f"{name} is wanted for a table" for name in ("modified", "select") if not getattr(self, name)
            ]
        elif self.select or self.modified:
            faults.append("select and modified are for a table; an outbox has a payload")
        if self.overlap_s > self.overlap_most_s:
            faults.append("overlap_s is more than overlap_most_s")
        if faults:
            raise ValueError("; ".join(faults))
        return self


class Postgres:
    """The reader of one table."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._statements = Statements(options)
        self._place = f"{options.host}/{options.database}.{options.table}"

    def look(self, previous: LookState | None, clock: Clock) -> Look:
        """Read what changed since the last look, or everything."""
        return Look(self._guarded(dict(previous.marks) if previous else {}, clock))

    def confirm(self, source_ids: Iterable[str], clock: Clock) -> dict[str, Evidence]:
        """Ask for each record by its key."""
        del clock
        asked = list(source_ids)
        try:
            with self._connected() as connection:
                rows_ = connection.execute(*self._statements.by_key(asked))
                found = {row[KEY]: row for row in rows_}
        except (psycopg.Error, Retry) as fault:
            return dict.fromkeys(asked, Evidence("unknown", _words(fault)))
        return {one: self._evidence(one, found.get(one)) for one in asked}

    def close(self) -> None:
        """Nothing is held between looks."""

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        options = self._options
        timeout = int(options.timeout_s * 1000)
        settings = {
            "statement_timeout": timeout,
            "idle_in_transaction_session_timeout": 10 * timeout,
            "TimeZone": "UTC",
            "row_security": "on" if options.row_security else "off",
        }
        connection = psycopg.connect(
            host=options.host,
            port=options.port,
            dbname=options.database,
            user=options.user,
            password=options.password.get_secret_value() if options.password else None,
            sslmode=options.sslmode,
            sslrootcert=options.sslrootcert or None,
            connect_timeout=max(2, int(options.timeout_s)),
            application_name="zeven",
            options=" ".join(f"-c {name}={value}" for name, value in settings.items()),
            row_factory=dict_row,
            keepalives_idle=10,  # a connection that died without a word is noticed within half a minute
            keepalives_interval=5,
            keepalives_count=3,
            tcp_user_timeout=30_000,
        )
        try:
            for name, loader in LENIENT.items():
                connection.adapters.register_loader(name, loader)
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            yield connection
        finally:
            connection.close()

    def _guarded(self, marks: Mapping[str, str], clock: Clock) -> Generator[Page, None, Verdict]:
        shown = False
        try:
            with self._connected() as connection:
                pages = self._pages(connection, marks, clock)
                while True:
                    try:
                        page = next(pages)
                    except StopIteration as end:
                        verdict: Verdict = end.value
                        break
                    shown = shown or bool(page.rows)
                    yield page
        except (psycopg.Error, Retry) as fault:
            verdict = unfinished("partial" if shown else "failing", "ask", f"{self._place}: {_words(fault)}")
        return verdict if verdict.complete else replace(verdict, next_state=LookState(marks=dict(marks)))

    def _pages(
        self, connection: Connection, marks: Mapping[str, str], clock: Clock
    ) -> Generator[Page, None, Verdict]:
        types = self._types(connection)
        asked = orjson.dumps(self._options.model_dump(mode="json", exclude={"password"})).decode()
        same = marks.get("asked") == asked
        now, whole_at = clock(), int(marks.get("whole_at", "0"))
        fresh = same and recent(whole_at, now, self._options.whole_every_h)
        following = {"asked": asked, "whole_at": str(whole_at if fresh else now)}
        if self._options.mode == "outbox":
            return (yield from self._outbox(connection, marks if fresh else {}, following, now))
        bounds = Bounds(self._options.overlap_s, self._options.overlap_most_s)
        tracker = Tracker.of(marks if same else {}, bounds)
        since = tracker.since_us() if fresh else None
        now_us = int(_one(connection, CLOCK)["us"])
        stamps: deque[Stamp] = deque(maxlen=REMEMBERED + 1)
        changed = self._statements.changed_rows(since, types[self._options.modified])
        verdict = yield from self._read(connection, changed, since is not None, stamps)
        return _with(verdict, following | tracker.after(stamps, now_us).marks())

    def _types(self, connection: Connection) -> dict[str, str]:
        """Types by column. Raises `Retry` that names everything that the manifest has wrong."""
        table = self._statements.table.as_string(connection)
        rows_ = connection.execute(COLUMNS, {"table": table})
        found = {row["name"]: (row["type"], row["may"]) for row in rows_}
        if wrong := faults(self._options, self._statements.named(), found):
            raise Retry("; ".join(wrong), fix="Check the names in the manifest, and the rights of its user.")
        return {name: kind for name, (kind, _) in found.items()}

    def _outbox(
        self, connection: Connection, marks: Mapping[str, str], following: dict[str, str], now: int
    ) -> Generator[Page, None, Verdict]:
        """By transaction: everything that this look may not have seen yet is asked for by the next one."""
        snapshot, cluster = _one(connection, SNAPSHOT), _cluster(connection)
        high = int(snapshot["high"])
        since = int(marks["horizon"]) if marks.get("cluster") == cluster else None
        if since is None or since > high:
            since, following["whole_at"] = None, str(now)
        following |= {"horizon": snapshot["low"], "cluster": cluster}
        asked = self._statements.last_words(since, high)
        verdict = yield from self._read(connection, asked, since is not None, None)
        return _with(verdict, following)

    def _read(
        self, connection: Connection, asked: Asked, delta: bool, stamps: deque[Stamp] | None
    ) -> Generator[Page, None, Verdict]:
        shown = gone = number = 0
        with _cursor(connection) as cursor:
            cursor.itersize = PAGE
            cursor.execute(*asked)
            while chunk := cursor.fetchmany(PAGE):
                page = self._page(chunk, number)
                number += len(chunk)
                shown += len(page.rows) + len(page.faulty)
                gone += len(page.gone)
                if stamps is not None:
                    stamps.extend(Stamp(one[STAMP], one[KEY]) for one in chunk if one[STAMP] is not None)
                yield page if delta else Page(page.rows, page.faulty)
        if delta:
            state: State = "live" if shown or gone else "idle"
            return Verdict(True, state, "nothing", delta=True)
        if not shown and not self._options.may_be_empty:
            return unfinished("partial", "ask", "de tabel is leeg / the table is empty")
        return Verdict(True, "live", "ask")

    def _page(self, chunk: Sequence[Mapping[str, Any]], before: int) -> Page:
        good: list[Row] = []
        bad: list[Faulty] = []
        gone: list[Gone] = []
        for number, seen in enumerate(chunk, start=before + 1):
            place = f"{self._options.table}, rij {number}"
            key = seen[KEY]
            if key and (left := self._left(seen)):
                gone.append(Gone(key, *left))
                continue
            try:
                good.append(Row(key or "", self._fields(seen), place, "", _ms(seen[STAMP])))
            except Reject as reject:
                bad.append(Faulty(place, key, reject, repr(dict(seen)).encode()[:64_000]))
        return Page(good, bad, gone)

    def _left(self, seen: Mapping[str, Any]) -> tuple[str, What] | None:
        """How a row says that its record is no longer there, and in one word."""
        options = self._options
        if says_deleted(seen[GONE], options.deleted_words):
            return f"{options.table}.{options.deleted} is {seen[GONE]}", "deleted"
        if seen[CHOSEN]:
            return None
        return f"{options.table}: outside of the selection ({options.where})", "deselected"

    def _fields(self, seen: Mapping[str, Any]) -> dict[str, Any]:
        if self._options.mode == "table":
            return {name: plain(value, name) for name, value in seen.items() if not name.startswith("__")}
        payload = seen["payload"]
        if isinstance(payload, str):
            try:
                payload = orjson.loads(payload)
            except orjson.JSONDecodeError:
                payload = None
        if not isinstance(payload, Mapping):
            raise Reject(
                "The payload is no JSON object",
                field=self._options.payload,
                expected="a JSON object",
                got=type(seen["payload"]).__name__,
                fix="Let the trigger write to_jsonb(new).",
            )
        return dict(payload)

    def _evidence(self, source_id: str, row: Mapping[str, Any] | None) -> Evidence:
        how = f"{self._options.table} asked for {self._options.id} = {source_id!r}"
        if row is None and self._options.mode == "outbox":
            return Evidence("unknown", f"{how}: no row; an outbox may have been emptied")
        if row is None:
            return Evidence("gone", f"{how}: no row")
        left = self._left(row)
        return Evidence("gone", f"{how}: {left[0]}", left[1]) if left else Evidence("present", how)


@contextmanager
def _cursor(connection: Connection) -> Iterator[psycopg.ServerCursor[dict[str, Any]]]:
    """A cursor of the server; of a line that breaks while it is closed psycopg would leave it open."""
    cursor = connection.cursor(name="zeven")
    try:
        yield cursor
    finally:
        try:
            cursor.close()
        except psycopg.Error:
            connection.close()
            cursor.close()
            raise


def _one(connection: Connection, statement: LiteralString) -> dict[str, Any]:
    return connection.execute(statement).fetchone() or {}


def _cluster(connection: Connection) -> str:
    """Which numbering of transactions this is; empty where the database keeps that to itself."""
    try:
        with connection.transaction():
            return str(_one(connection, CLUSTER)["name"])
    except psycopg.errors.InsufficientPrivilege:
        return ""


def _with(verdict: Verdict, marks: dict[str, str]) -> Verdict:
    return replace(verdict, next_state=LookState(marks=marks)) if verdict.complete else verdict


def _ms(stamp_us: int | None) -> int | None:
    return None if stamp_us is None else stamp_us // 1000


def _words(fault: Exception) -> str:
    """What the database or the driver says, in one line."""
    said = str(fault).strip().splitlines()
    first = said[0][:600] if said else type(fault).__name__
    if isinstance(fault, psycopg.errors.UndefinedColumn | psycopg.errors.UndefinedTable):
        return f"{first}; check the names in the manifest"
    if isinstance(fault, psycopg.errors.InsufficientPrivilege) and "row-level security" in first:
        return (
            f"{first}; let the user see all rows, or say row_security = true if the policy is the selection"
        )
    if isinstance(fault, psycopg.errors.InsufficientPrivilege):
        return f"{first}; grant SELECT on it to the user of the manifest"
    return first
