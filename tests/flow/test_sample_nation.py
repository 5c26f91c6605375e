"""The seven regions together, as their connectors read them: what the documents say is in the samples, and marked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from connectors import manifest as manifests
from connectors.hubs import Statement
from connectors.sources import kinds as readers
from connectors.sources import open_source
from deploy.samples.server import Others, Samples
from deploy.samples.standin import served
from schemas.reference.lists import rows, slugs
from schemas.settings import Settings
from schemas.topics import KINDS
from tests.support.broker import free_ports
from tests.support.sample import QUICK, read


@dataclass
class Nation:
    """Per hub and kind what was said, and which readers it was read with."""

    said: dict[tuple[str, str], list[Statement]] = field(default_factory=lambda: defaultdict(list))
    readers: dict[str, set[str]] = field(default_factory=dict)
    samples: dict[str, bool] = field(default_factory=dict)

    def of(self, kind: str) -> Iterator[tuple[str, Statement]]:
        for (hub, each), said in self.said.items():
            yield from ((hub, one) for one in said if each == kind)


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nation]:
    found, data = Nation(), tmp_path_factory.mktemp("nation")
    port = free_ports(1)
    samples = Samples(data, 0, every_s=0, others=Others(served(), port))
    settings = Settings.at(data)
    environ = {"ZEVEN_SAMPLES_URL": samples.base, "ZEVEN_PORTS_SAMPLES_DATABASE": str(port)}
    for hub in manifests.folders(settings):
        manifest, mappers = manifests.load(hub, settings, environ), manifests.mappers(hub, settings)
        found.readers[hub] = {part.reader for part in manifest.sources.values()}
        found.samples[hub] = manifest.sample
        for kind, part in manifest.sources.items():
            quick = (
                {"settle_s": 0}
                if part.reader == "files"
                else {"manners": QUICK}
                if part.reader != "postgres"
                else {}
            )
            source = open_source(part.reader, part.options | quick)
            seen, _, verdict = read(source)
            assert (hub, kind, verdict.complete) == (hub, kind, True), verdict.reasons
            found.said[hub, kind] = [mappers[kind](row, manifest.words) for row in seen]
            source.close()
    yield found
    samples.close()


def title(said: Statement) -> str:
    return str(said.content["title"]["nl"] or said.content["title"]["en"])


def test_every_kind_of_source_is_used_by_a_region(nation: Nation) -> None:
    assert len(nation.readers) == 8, "seven hubs and the national office"
    assert set().union(*nation.readers.values()) == {*readers()}


def test_everything_is_marked_as_sample(nation: Nation) -> None:
    assert set(nation.samples.values()) == {True}
    assert all(nation.said[hub, kind] for hub in nation.samples for kind in KINDS if hub != "office")
    assert nation.said["office", "membership"]


def test_labs_are_as_many_as_the_documents_say_in_the_cities_that_they_name(nation: Nation) -> None:
    """Twenty, and ten in preparation; a city's labs are told by the hub of that city, and all names are invented."""
    totals = {row["slug"]: int(row["labs"]) for row in rows("icai_labs")}
    assert {row["as_of"] for row in rows("icai_labs")} == {"2021"}
    labs = [(hub, one) for hub, one in nation.of("project") if "icai-labs" in one.content["instruments"]]
    stands = Counter(one.content["status"] for _, one in labs)
    assert stands == {"running": totals["bestaand"], "planned": totals["in-voorbereiding"]}
    assert all("(voorbeeld" in title(one) or "(sample" in title(one) for _, one in labs)
    known = defaultdict(set)
    for row in rows("icai_cities"):
        known[row["hub"]].add(row["city"])
    assert {hub for hub, _ in labs} == {*known}
    placed = [(hub, one.content["place"]["municipality"]) for hub, one in labs if one.content["place"]]
    assert placed
    assert all(
        city in known[hub] or (hub, city) == ("noord-brabant", "'s-Hertogenbosch") for hub, city in placed
    )


def test_areas_dimensions_instruments_and_themes_all_occur(nation: Nation) -> None:
    def words(field: str) -> set[str]:
        return {
            word
            for kind in ("project", "event")
            for _, one in nation.of(kind)
            for word in one.content.get(field, ())
        }

    assert words("areas") == {*slugs("areas")}
    assert words("dimensions") == {*slugs("dimensions")}
    assert words("themes") == {*slugs("themes")}
    assert words("instruments") == {*slugs("instruments")}


def test_every_working_group_and_dimension_has_members(nation: Nation) -> None:
    bodies = {(one.content["body_kind"], one.content["body"]) for _, one in nation.of("membership")}
    assert {slug for kind, slug in bodies if kind in ("area", "dimension", "working-group")} >= {
        *slugs("areas"),
        *slugs("dimensions"),
    }


def test_two_moocs_and_the_national_course_are_courses(nation: Nation) -> None:
    courses = [
        title(one) for _, one in nation.of("project") if "nationale-ai-cursus" in one.content["instruments"]
    ]
    kinds = {
        one.content["type"]
        for _, one in nation.of("project")
        if "nationale-ai-cursus" in one.content["instruments"]
    }
    assert kinds == {"course"}
    assert len([one for one in courses if "MOOC" in one]) == 2
    assert any("cursus" in one.casefold() for one in courses)


def test_the_same_projects_are_told_by_several_hubs_under_other_names(nation: Nation) -> None:
    told = defaultdict(set)
    for hub, one in nation.of("project"):
        for key in one.keys:
            if key.startswith("grant:"):
                told[key].add((hub, title(one)))
    shared = {key: said for key, said in told.items() if len({hub for hub, _ in said}) > 1}
    assert len(shared) >= 4
    assert any(len({name for _, name in said}) > 1 for said in shared.values())


def test_the_same_organisations_are_known_by_several_names_and_keys(nation: Nation) -> None:
    names, hubs = defaultdict(set), defaultdict(set)
    for kind in KINDS:
        for hub, one in nation.of(kind):
            for each in one.organisations:
                for key in each["keys"]:
                    names[key].add(each["name"])
                    hubs[key].add(hub)
    assert any(len(names[key]) > 1 and len(hubs[key]) > 1 for key in names)
