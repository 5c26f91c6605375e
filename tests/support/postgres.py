"""A real PostgreSQL of Debian for tests: one server for the session, and for each test a schema with tables."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from connectors.sources import Source, open_source
from deploy.samples.database import USER, Database
from tests.support.broker import free_ports

COLUMNS = ["id", "naam", "gewijzigd_op"]
_NUMBERS = itertools.count()


class Server:
    """The server, and how to reach it."""

    def __init__(self, database: Database, port: int) -> None:
        self.database, self.port = database, port

    def connect(self) -> psycopg.Connection[Any]:
        """A connection of a program that writes; every statement by itself unless it begins a transaction."""
        return psycopg.connect(self.database.dsn, autocommit=True)

    def options(self, **more: Any) -> dict[str, Any]:
        """What a manifest says of it."""
        said = {
            "host": "127.0.0.1",
            "port": self.port,
            "database": "postgres",
            "user": USER,
            "sslmode": "disable",
        }
        return said | more


def install() -> Path:
    """Where Debian puts PostgreSQL; without it the test is left out (a failure where all is required)."""
    found = [one for one in Path("/usr/lib/postgresql").glob("*") if (one / "bin" / "postgres").exists()]
    if not found:
        pytest.skip("PostgreSQL is not installed (Debian package `postgresql`)")
    return max(found, key=lambda one: int(one.name))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of this session."""
    programs, port = install(), free_ports(1)
    database = Database(tmp_path_factory.mktemp("postgres"), port, programs)
    database.start()
    try:
        yield Server(database, port)
    finally:
        database.stop()


@pytest.fixture
def schema(postgres: Server) -> str:
    """A new schema for one test."""
    name = f"proef_{next(_NUMBERS)}"
    postgres.database.execute(f"CREATE SCHEMA {name}")
    return name


class Table:
    """A table with a change stamp, and its reader."""

    def __init__(self, server: Server, schema: str) -> None:
        self.server, self.name = server, f"{schema}.leden"
        self.writer = server.connect()
        self.writer.execute(
            f"CREATE TABLE {self.name} (id text PRIMARY KEY, naam text, gewijzigd_op timestamptz,"
            " vervallen boolean NOT NULL DEFAULT false)"
        )

    def reader(self, **more: Any) -> Source:
        said = {
            "mode": "table",
            "table": self.name,
            "id": "id",
            "select": COLUMNS,
            "modified": "gewijzigd_op",
            "deleted": "vervallen",
            "overlap_s": 1,
        }
        return open_source("postgres", self.server.options(**(said | more)))

    def put(
        self, source_id: str, naam: str = "x", stamp: str = "now()", to: psycopg.Connection[Any] | None = None
    ):
        (to or self.writer).execute(
            f"INSERT INTO {self.name} VALUES (%s, %s, {stamp}) ON CONFLICT (id) DO UPDATE"
            f" SET naam = excluded.naam, gewijzigd_op = {stamp}",
            (source_id, naam),
        )


@pytest.fixture
def table(postgres: Server, schema: str) -> Iterator[Table]:
    found = Table(postgres, schema)
    yield found
    found.writer.close()


class Outbox:
    """A table whose trigger writes an outbox, and the reader of that."""

    def __init__(self, server: Server, schema: str) -> None:
        self.server, self.schema = server, schema
        self.writer = server.connect()
        self.writer.execute(
            f"""
            SET search_path = {schema};
            CREATE TABLE project (code text PRIMARY KEY, title text);
            CREATE TABLE outbox (seq bigserial PRIMARY KEY, code text, op text, payload jsonb);
            CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql SET search_path = {schema} AS $$ BEGIN
              INSERT INTO outbox (code, op, payload) VALUES (coalesce(new.code, old.code), tg_op, to_jsonb(new));
              RETURN NULL; END $$;
            CREATE TRIGGER told AFTER INSERT OR UPDATE OR DELETE ON project FOR EACH ROW EXECUTE FUNCTION told();
            """
        )

    def reader(self, **more: Any) -> Source:
        said = {"mode": "outbox", "table": f"{self.schema}.outbox", "id": "code", "deleted": "op"}
        return open_source("postgres", self.server.options(**said, **more))

    def put(self, code: str, title: str, to: psycopg.Connection[Any] | None = None) -> None:
        (to or self.writer).execute(
            f"INSERT INTO {self.schema}.project VALUES (%s, %s) ON CONFLICT (code) DO UPDATE SET title = %s",
            (code, title, title),
        )

    def drop(self, code: str) -> None:
        self.writer.execute(f"DELETE FROM {self.schema}.project WHERE code = %s", (code,))


@pytest.fixture
def outbox(postgres: Server, schema: str) -> Iterator[Outbox]:
    found = Outbox(postgres, schema)
    yield found
    found.writer.close()
