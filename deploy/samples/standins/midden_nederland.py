"""AI-hub Midden-Nederland: a PostgreSQL with an outbox of projects and a table of memberships, pages with events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from deploy.samples.database import Database
from deploy.samples.faces import webpages
from deploy.samples.shapes import slug
from deploy.samples.standin import Answer, Asked, Standin, areas
from deploy.samples.store import Stored
from schemas.reference.lists import resolve_area
from schemas.text import plain

TABLES: Final = """
CREATE SCHEMA IF NOT EXISTS hub;
CREATE TABLE IF NOT EXISTS hub.projects (project_code text PRIMARY KEY, version bigint NOT NULL, name_nl text NOT NULL,
  name_en text, abstract text, kind_code smallint NOT NULL, state_code smallint NOT NULL, starts_on date, ends_on date,
  closes_on date, sector_codes text[] NOT NULL, programme text, lead_org jsonb, partner_orgs jsonb NOT NULL,
  grant_doi text, funder text, budget numeric(12,2), town text, page_url text);
CREATE TABLE IF NOT EXISTS hub.outbox (seq bigserial PRIMARY KEY, project_code text NOT NULL, op text NOT NULL,
  payload jsonb);
CREATE OR REPLACE FUNCTION hub.told() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO hub.outbox (project_code, op, payload)
    VALUES (coalesce(new.project_code, old.project_code), lower(tg_op), to_jsonb(new));
  RETURN NULL; END $$;
CREATE OR REPLACE TRIGGER told AFTER INSERT OR UPDATE OR DELETE ON hub.projects
  FOR EACH ROW EXECUTE FUNCTION hub.told();
CREATE TABLE IF NOT EXISTS hub.lidmaatschappen (lidnummer text PRIMARY KEY, versie bigint NOT NULL, organisatie text,
  kvk char(8), ror text, website text, orgaan text, rol text, soort text, sinds date, tot date, via text,
  opmerking text, gewijzigd_op timestamptz NOT NULL, vervallen boolean NOT NULL DEFAULT false);
"""
KINDS: Final = ("project", "programma", "lab", "cursus", "call", "pilot", "fieldlab")
STATES: Final = ("gepland", "lopend", "afgerond", "gestopt")
_PROJECT: Final = tuple(
    "project_code version name_nl name_en abstract kind_code state_code starts_on ends_on closes_on sector_codes"  # noqa: SIM905
    " programme lead_org partner_orgs grant_doi funder budget town page_url".split()
)
_MEMBER: Final = tuple(
    "lidnummer versie organisatie kvk ror website orgaan rol soort sinds tot via opmerking"  # noqa: SIM905
    " gewijzigd_op vervallen".split()
)


def answer(place: Standin, asked: Asked) -> Answer | None:
    """The site: its sitemap, and a page for each event."""
    site = f"{place.base}"
    if asked.path == "/sitemap.xml":
        return Answer(200, webpages.sitemap(site, place.live("event")), "application/xml")
    if asked.path.startswith("/agenda/"):
        found = place.store.get("event", asked.path.rstrip("/").rpartition("-")[2])
        if found is None or found.state != "live":
            return Answer(
                410 if found else 404, b"<!doctype html><title>weg</title>", "text/html; charset=UTF-8"
            )
        words = list(areas(found, "event"))
        body = webpages.page(site, found, words, place.region.places)
        return Answer(200, body, "text/html; charset=UTF-8")
    return None


def listings(place: Standin) -> Mapping[str, bytes]:
    """No files."""
    del place
    return {}


def fill(place: Standin, database: Database) -> None:
    """Bring the database to what the store holds: only what differs is written, as a program of the hub would."""
    database.execute(TABLES)
    if place.limits:  # a page can be cut short, a table cannot
        return
    _apply(database, "hub.projects", _PROJECT, [_project(place, one) for one in place.every("project")])
    _apply(database, "hub.lidmaatschappen", _MEMBER, [_member(one) for one in place.every("membership")])


def _apply(
    database: Database, table: str, columns: Sequence[str], rows: Iterable[dict[str, Any] | str]
) -> None:
    """Rows that changed are written; a bare id is deleted, and so is what is no longer among the rows."""
    key, version = columns[0], columns[1]
    held = {row[key]: row[version] for row in database.execute(f"SELECT {key}, {version} FROM {table}")}  # noqa: S608
    names, marks = ", ".join(columns), ", ".join(f"%({name})s" for name in columns)
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns[1:])
    rows = list(rows)
    for gone in held.keys() - {row[key] for row in rows if not isinstance(row, str)}:
        database.execute(f"DELETE FROM {table} WHERE {key} = %s", (gone,))  # noqa: S608
    for row in rows:
        if not isinstance(row, str) and held.get(row[key]) != row[version]:
            database.execute(
                f"INSERT INTO {table} ({names}) VALUES ({marks}) ON CONFLICT ({key}) DO UPDATE SET {changes}",  # noqa: S608
                row,
            )


def _project(place: Standin, item: Stored) -> dict[str, Any] | str:
    code = f"MN-P{item.source_id}"
    if item.state != "live":
        return code
    body, acf = item.body, item.body["acf"]
    money = (acf["financiering"] or [{}])[0]
    return {
        "project_code": code,
        "version": item.modified,
        "name_nl": body["title"],
        "name_en": acf["titel_en"],
        "abstract": plain(body["content"]),
        "kind_code": KINDS.index(body["terms"]["projecttype"][0].lower()) + 1,
        "state_code": STATES.index(acf["status"]) + 1,
        "starts_on": _day(acf["startdatum"]),
        "ends_on": _day(acf["einddatum"]),
        "closes_on": _day(acf["deadline"]),
        "sector_codes": [resolve_area(name) or name for name in areas(item, "project")],
        "programme": body["terms"]["instrument"][0],
        "lead_org": json.dumps(_organisation(acf["penvoerder"])),
        "partner_orgs": json.dumps([_organisation(one) for one in acf["partners"] or []]),
        "grant_doi": acf["subsidienummer"] or None,
        "funder": money.get("bron"),
        "budget": money["bedrag"].replace(".", "").replace(",", ".") if money else None,
        "town": (acf["plaats"] or {}).get("gemeente"),
        "page_url": f"{place.site}/projects/{slug(body['title'])}",
    }


def _organisation(one: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": one["naam"], "role": one["rol"], "ror": one["ror"] or None, "coc": one["kvk"] or None}


def _day(said: str) -> str | None:
    return f"{said[:4]}-{said[4:6]}-{said[6:]}" if said else None


def _member(item: Stored) -> dict[str, Any] | str:
    if item.state == "trash":
        return item.source_id
    body = item.body
    days = {
        name: datetime.strptime(body[said], "%d-%m-%Y").date() if body[said] else None  # noqa: DTZ007 (a day)
        for name, said in (("sinds", "Lid sinds"), ("tot", "Lid tot"))
    }
    return {
        "lidnummer": item.source_id,
        "versie": item.modified,
        "organisatie": body["Organisatie"],
        "kvk": body["KvK-nummer"] or None,
        "ror": body["ROR"] or None,
        "website": body["Website"] or None,
        "orgaan": body["Orgaan"],
        "rol": body["Rol"],
        "soort": body["Soort"] or None,
        **days,
        "via": body["Via"] or None,
        "opmerking": body["Opmerking"] or None,
        "gewijzigd_op": datetime.fromtimestamp(item.modified / 1000).astimezone(),
        "vervallen": item.state == "draft",
    }
