"""What a preview says is what a look then does; and the preview itself writes nothing."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup

from connectors import manifest as manifests
from connectors.preview import Preview, preview
from deploy.cli.hubs.preview import page, said, stated
from schemas import topics
from tests.support.connector_world import REGION, World, world

__all__ = ["world"]
pytestmark = pytest.mark.broker


def look_ahead(world: World, *kinds: str) -> Preview:
    """The preview of this hub; nothing stands in its topics that did not stand there before."""
    mine = [name for name in world.ids if "control" not in name]
    before = {name: len(world.records(name, loosely=True)) for name in mine}
    found = preview(world.settings, world.manifest, manifests.mappers(REGION, world.settings), kinds)
    assert {name: len(world.records(name, loosely=True)) for name in mine} == before
    return found


def numbers(found: Preview) -> Counter[tuple[str, str]]:
    """How many changes there are by kind and what they are."""
    return Counter((one.kind, one.what) for one in found.changes)


def test_before_the_first_look_everything_is_new_and_afterwards_nothing_changes(world: World) -> None:
    """The same rows that the first look then publishes."""
    ahead = look_ahead(world)
    done = world.look()
    assert numbers(ahead) == {(kind, "new"): done[kind]["published"] for kind in topics.KINDS}
    assert all(one.title for one in ahead.changes)
    assert look_ahead(world).changes == []


def test_what_changed_at_the_source_is_shown_field_by_field(world: World) -> None:
    """A changed title, a removal with its evidence, and a row that cannot be used, with how to mend it."""
    world.look()
    changed, gone, wrong = world.ids_of("project")[:3]
    world.steer("set", kind="project", id=changed, fields={"title": "De nieuwe titel"})
    world.steer("set", kind="project", id=wrong, fields={"acf.status": "wie weet"})
    world.steer("delete", kind="project", id=gone)
    found = look_ahead(world, "project")
    by_id = {one.source_id: one for one in found.changes}
    assert numbers(found) == {
        ("project", "changed"): 1,
        ("project", "removed"): 1,
        ("project", "rejected"): 1,
    }
    (field,) = by_id[changed].fields
    assert (field.field, field.after["nl"]) == ("title", "De nieuwe titel")
    assert field.before["nl"] not in (None, "De nieuwe titel")
    assert "404" in by_id[gone].why or "trash" in by_id[gone].why or "410" in by_id[gone].why
    assert "wie weet" in by_id[wrong].why
    done = world.look()["project"]
    assert (done["published"], done["removed"], done["rejected"]) == (1, 1, 1)


def test_the_page_and_the_json_say_the_same_and_carry_no_foreign_markup(world: World) -> None:
    """A title with markup stands on the page as text; invented data is marked."""
    world.look()
    one = world.ids_of("project")[0]
    world.steer("set", kind="project", id=one, fields={"title": "A &lt;img src=x&gt; <b>B</b>"})
    found = look_ahead(world, "project")
    soup = BeautifulSoup(page(found, datetime(2026, 11, 21, tzinfo=UTC)), "html.parser")
    assert soup.find("img") is None
    assert soup.find("script") is None
    assert "voorbeelddata" in soup.get_text()
    assert one in soup.get_text()
    told = stated(found)
    assert [(each["source_id"], each["what"]) for each in told["changes"]] == [(one, "changed")]
    assert told["kinds"][0]["published"] == 1


def test_of_a_list_only_what_differs_is_shown(world: World) -> None:
    """A partner that joins a project is named alone, with its role."""
    world.look()
    one = world.ids_of("project")[0]
    stored = world.samples.store.get("project", one)
    assert stored is not None
    partners = [*(stored.body["acf"].get("partners") or []), {"naam": "Nieuwkomer", "rol": "partner"}]
    world.steer("set", kind="project", id=one, fields={"acf.partners": partners})
    (change,) = look_ahead(world, "project").changes
    assert said(change) == "organisations: – → Nieuwkomer (partner)"


def test_a_brake_shows_in_the_preview_before_it_has_to_hold(world: World) -> None:
    """When most of a source vanishes the preview says what would be held, and removes nothing."""
    world.look()
    world.steer("shrink", kind="project", keep=4)
    found = look_ahead(world, "project")
    assert numbers(found)["project", "removed"] == 0
    assert found.outcomes[0].held > 0
    assert any("zeven hub approve" in reason for reason in found.outcomes[0].reasons)
    named = [one for one in found.changes if one.what == "held"]
    assert [one.source_id for one in named] == found.outcomes[0].held_ids
    assert all(one.title for one in named)


def test_what_is_left_out_and_what_may_be_personal_is_said(world: World) -> None:
    """Rows outside of the selection are counted, and fields about people named, never what they say."""
    one = world.ids_of("project")[0]
    world.steer("set", kind="project", id=one, fields={"acf.contactpersoon": "J. de Vries"})
    part = world.manifest.sources["project"].model_copy(update={"only": {"acf.status": ["lopend"]}})
    world.manifest = world.manifest.model_copy(update={"sources": world.manifest.sources | {"project": part}})
    everything = len(world.ids_of("project"))
    found = look_ahead(world, "project")
    (outcome,) = found.outcomes
    assert outcome.left_out == everything - outcome.read > 0
    text = BeautifulSoup(page(found, datetime(2026, 11, 21, tzinfo=UTC)), "html.parser").get_text()
    assert found.personal["project"].keys() >= {"acf.contactpersoon"}
    assert "acf.contactpersoon" in text
    assert "de Vries" not in text
