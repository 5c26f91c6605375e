"""A source that tells what changed, through a connector on a real Kafka: removals with evidence, and the brake."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.hubs import Statement, Words
from connectors.hubs.statements import text
from connectors.manifest import Manifest, SourcePart
from connectors.run import Connector
from connectors.sources import Row
from schemas.codec import load
from tests.support.connector_world import World, world
from tests.support.dataverse import Table
from tests.support.sample import QUICK
from tests.support.site import Site

__all__ = ["world"]
pytestmark = pytest.mark.broker
LISTS = ("areas", "dimensions", "pillars", "instruments", "focus_areas", "themes", "funding", "indicators")


def project(row: Row, words: Words) -> Statement:
    """The plainest mapping."""
    del words
    names = [field["name"] for field in load("ProjectContent").document["fields"]]
    said: dict[str, Any] = {"title": text(row.fields["name"]), "summary": text(None)}
    said |= {"type": "project", "status": "running"}
    return Statement([], [], {name: said.get(name, [] if name in LISTS else None) for name in names})


@pytest.fixture
def table(site: Site) -> Table:
    """A table of twenty rows."""
    found = Table(site)
    for number in range(20):
        found.put(f"id-{number}", f"Naam {number}")
    return found


def look(world: World, table: Table) -> dict[str, Any]:
    """One process from start to end."""
    part = SourcePart(reader="dataverse", options=table.options(manners=QUICK))
    manifest: Manifest = world.manifest.model_copy(update={"sources": {"project": part}})
    checked = Connector(world.settings, manifest, mappers={"project": project}).run(once=True)
    assert checked is not None
    found: dict[str, Any] = checked["kinds"][0]
    return found


def test_changes_and_removals_arrive_with_their_evidence(world: World, table: Table) -> None:
    """A process that ends between two looks goes on from the delta; the manifest stays whole."""
    assert look(world, table)["published"] == 20
    table.put("id-3", "Anders")
    table.drop("id-4")
    found = look(world, table)
    assert (found["read"], found["published"], found["removed"], found["live"]) == (1, 1, 1, 19)
    gone = world.told("project")[-1]
    last = {one.key: one for one in world.told("project")}
    assert last["id-4"].value is None
    evidence = json.loads(last["id-4"].headers["zeven_evidence"])
    assert (evidence["how"], evidence["what"], evidence["by"]) == ("delta: deleted", "deleted", "source")
    assert gone.key in ("id-3", "id-4")
    assert look(world, table)["state"] == "idle"
    world.check_manifest()


def test_more_than_the_brake_lets_pass_is_read_anew_held_and_approved(world: World, table: Table) -> None:
    """Half of the table at once: nothing is removed until a steward agrees; then each with its own proof."""
    look(world, table)
    table.drop(*(f"id-{number}" for number in range(10)))
    first = look(world, table)
    assert (first["state"], first["removed"], first["live"]) == ("partial", 0, 20)
    assert "anew" in first["reasons"][0]
    second = look(world, table)
    assert (second["state"], second["removed"], second["held"]) == ("held", 0, 10)
    world.order("approve")
    world.order("undo")
    undone = look(world, table)
    assert (undone["state"], undone["removed"], undone["held"]) == ("held", 0, 10)
    world.order("approve")
    third = look(world, table)
    assert (third["removed"], third["live"]) == (10, 10)
    evidence = {one.headers.get("zeven_evidence", "") for one in world.told("project") if one.value is None}
    assert all("404" in one for one in evidence)
