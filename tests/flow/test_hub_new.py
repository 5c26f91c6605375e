"""`zeven hub new` against the stand-ins of all regions: what it writes passes at once, in an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors import estate
from connectors import manifest as manifests
from connectors.newcomer import golden
from connectors.personal import Watch
from connectors.sources import Row
from deploy.hub.build import REPO
from deploy.rights import of_hub
from schemas.settings import Settings
from tests.support.region import Region, region

HUB = "gelderland"
# the region whose stand-ins run (those of Zuid-Holland always do), what is asked, and as which reader it is recognised
ADDRESSES = [
    ("limburg", "/projecten/wp-json/wp/v2/projecten?_embed=wp:term", "project", "wordpress"),
    ("limburg", "/agenda/wp-json/tribe/events/v1/events", "event", "tec"),
    ("noord-nederland", "/noord-nederland/agenda.ics", "event", "ical"),
    (
        "noord-nederland",
        "/noord-nederland/oai?verb=ListRecords&metadataPrefix=oai_cerif_openaire&set=openaire_cris_projects",
        "project",
        "oai",
    ),
    ("limburg", "/limburg/nieuws/feed", "project", "feed"),
    ("midden-nederland", "/midden-nederland/sitemap.xml", "event", "pages"),
]


def zeven(*words: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own that knows only this folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ZEVEN_", "PYTHON"))}
    kept |= {
        "PYTHONPATH": str(REPO),
        "XDG_STATE_HOME": str(folder / "state"),
        "ZEVEN_HUBS": str(folder / "hubs"),
    }
    program = [sys.executable, "-m", "deploy.cli.main", *words]
    return subprocess.run(
        program, env=kept | environ, cwd=folder, capture_output=True, text=True, check=False
    )


def golden_run(home: Path) -> subprocess.CompletedProcess[str]:
    """The golden test as the hub runs it."""
    program = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(home / "test_mapping.py")]
    environ = {"PYTHONPATH": str(REPO), "PATH": os.environ["PATH"]}
    return subprocess.run(program, env=environ, cwd=home, capture_output=True, text=True, check=False)


def is_in_order(home: Path) -> None:
    """What was written is what the house and the connector accept, and holds nothing about persons."""
    settings = Settings(hubs=home.parent)
    manifest = manifests.load(home.name, settings, {})
    assert set(manifest.sources) == set(manifests.mappers(home.name, settings))
    house = str(REPO / "pyproject.toml")
    files = [str(home / name) for name in ("mapping.py", "test_mapping.py")]
    for words in (
        ("ruff", "format", "--check", "--no-cache", "--config", house),
        ("ruff", "check", "--ignore", "S101", "--no-cache", "--config", house),
        ("mypy", "--config-file", house),
    ):
        program = [sys.executable, "-m", *words, *files]
        done = subprocess.run(program, cwd=REPO, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    watch = Watch()
    for rows in json.loads((home / golden.FIXTURE).read_text(encoding="utf-8")).values():
        assert rows
        for row in rows:
            watch.saw(Row(**row))
    assert not set(watch.named()) - {"Deelnemer", "Soort deelnemer"}  # columns of organisations
    done = golden_run(home)
    assert done.returncode == 0, done.stdout + done.stderr


def statements(home: Path, kind: str) -> list[dict[str, Any]]:
    """What the golden file says of the rows that are not rejected."""
    found = json.loads((home / golden.GOLDEN).read_text(encoding="utf-8"))[kind]
    return [one["statement"] for one in found if "statement" in one]


@pytest.fixture(scope="module")
def regions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Region]]:
    """The stand-ins of a region, started when they are first asked for."""
    with ExitStack() as running:

        @cache
        def started(hub: str) -> Region:
            return running.enter_context(region(hub, tmp_path_factory.mktemp(hub)))

        yield started


@pytest.mark.parametrize(("hub", "path", "kind", "reader"), ADDRESSES)
def test_every_address_of_a_stand_in_is_recognised_and_passes_at_once(
    regions: Callable[[str], Region], tmp_path: Path, hub: str, path: str, kind: str, reader: str
) -> None:
    address = regions(hub).samples.base + path
    done = zeven("hub", "new", HUB, "--from", address, "--kind", kind, folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    home = tmp_path / "hubs" / HUB
    assert manifests.load(HUB, Settings(hubs=home.parent), {}).sources[kind].reader == reader
    is_in_order(home)
    # a feed has no status of a project: every row waits for a word of the hub
    assert bool(statements(home, kind)) == (reader != "feed")
    checked = zeven("hub", "check", HUB, folder=tmp_path)
    assert f"{HUB}: in order" in checked.stdout, checked.stdout + checked.stderr


@pytest.mark.parametrize("hub", ["limburg", "noord-brabant", "noord-nederland"])
def test_every_list_of_members_is_recognised_and_passes_at_once(
    regions: Callable[[str], Region], tmp_path: Path, hub: str
) -> None:
    """CSV, JSON and a workbook: the mapping says what the region's own mapping says of the same row."""
    place = regions(hub)
    rows, _, _ = place.read("membership")
    path = place.manifest.sources["membership"].options["path"]
    names = ("--name-nl", place.manifest.name.nl, "--name-en", place.manifest.name.en)
    done = zeven("hub", "new", HUB, "--from", path, *names, folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    home = tmp_path / "hubs" / HUB
    is_in_order(home)
    found = statements(home, "membership")
    assert found
    said = [place.said("membership", row) for row in rows]
    for one in found:
        one["content"]["body"] = one["content"]["body"].replace(HUB, place.hub)
        assert one["content"] in [each.content for each in said], done.stdout
        assert one["organisations"] in [each.organisations for each in said]
    assert "in order" in zeven("hub", "check", HUB, folder=tmp_path).stdout


ANSWERS = [
    # saved as a file, because its source wants a login
    ("oost-nederland", "project", "/ai_projects"),
    (
        "oost-nederland",
        "event",
        "/organizations/99000001/events/?expand=venue,organizer,category,subcategory,format",
    ),
    ("noord-holland", "project", "/crm/v3/objects/deals?limit=20&properties="),
    ("noord-holland", "membership", "/crm/v3/objects/2-99000001?limit=20&properties="),
]


@pytest.mark.parametrize(("hub", "kind", "path"), ANSWERS)
def test_an_answer_that_was_saved_is_recognised_and_passes_at_once(
    regions: Callable[[str], Region], tmp_path: Path, hub: str, kind: str, path: str
) -> None:
    part = regions(hub).manifest.sources[kind]
    asked = ",".join(part.options.get("properties", ())) if path.endswith("=") else ""
    answer = httpx.get(f"{part.options['url']}{path}{asked}", timeout=20, trust_env=False)
    (tmp_path / "answer.json").write_bytes(answer.content)
    done = zeven("hub", "new", HUB, "--from", "answer.json", "--kind", kind, folder=tmp_path)
    assert done.returncode == 0, answer.text[:200] + done.stdout + done.stderr
    home = tmp_path / "hubs" / HUB
    assert manifests.load(HUB, Settings(hubs=home.parent), {}).sources[kind].reader == part.reader
    is_in_order(home)


def test_a_table_of_a_database_is_read_and_its_password_stands_in_no_file(
    regions: Callable[[str], Region], tmp_path: Path
) -> None:
    place = regions("midden-nederland")
    options = place.manifest.sources["membership"].options
    address = f"postgresql://zeven:GEHEIM-woord@127.0.0.1:{options['port']}/postgres?sslmode=disable"
    which = zeven("hub", "new", HUB, "--from", address, folder=tmp_path)
    assert (which.returncode, "hub.lidmaatschappen" in which.stderr) == (1, True), which.stderr
    names = ("--name-nl", place.manifest.name.nl, "--name-en", place.manifest.name.en)
    for table, kind in (("hub.lidmaatschappen", "membership"), ("hub.outbox", "project")):
        sample = f"{address}&table={table}"
        done = zeven("hub", "new", HUB, "--from", sample, "--kind", kind, *names, "--force", folder=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        home = tmp_path / "hubs" / HUB
        is_in_order(home)
        assert "GEHEIM" not in done.stdout + done.stderr + "".join(
            one.read_text() for one in home.iterdir() if one.is_file()
        )
        assert f"export ZEVEN_HUB_GELDERLAND_{kind.upper()}_PASSWORD=" in done.stdout
        if kind == "membership":
            assert statements(home, kind)
            assert "in order" in zeven("hub", "check", HUB, folder=tmp_path).stdout


EIGHTH = "zeeland"
MEMBERS = (
    "Lidnr;Organisatie;KvK-nummer;Orgaan;Rol;E-mail;Sinds\n"
    "1;Voorbeeld Goes (voorbeeld);90000001;AI-hub Zeeland;partner;j.jansen@goes.example;01-02-2024\n"
    "2;Voorbeeld Vlissingen (voorbeeld);;Werkgroep Gezondheid en zorg;lid;k.devries@vlissingen.example;3-4-2025\n"
)


def test_an_eighth_EIGHTHis_one_command_and_everything_derives_from_what_it_wrote(tmp_path: Path) -> None:
    """Topics, user and rights, the page of hubs, pin; what its look says on a real Kafka: `broker/test_eighth_hub`."""
    (tmp_path / "leden.csv").write_text(MEMBERS, encoding="cp1252")
    taken = zeven("hub", "new", EIGHTH, "--from", "leden.csv", "--province", "NL-GE", folder=tmp_path)
    assert (taken.returncode, "NL-GE is of oost-nederland" in taken.stderr) == (1, True), taken.stderr
    who = ("--province", "NL-ZE", "--pin", "51.5,3.61", "--site", "https://zeeland.example")
    done = zeven("hub", "new", EIGHTH, "--from", "leden.csv", *who, folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "jansen" not in done.stdout
    home = tmp_path / "hubs" / EIGHTH
    is_in_order(home)
    bodies = [one["content"]["body"] for one in statements(home, "membership")]
    assert bodies == [EIGHTH, "gezondheid-en-zorg"]
    assert "jansen" not in (home / golden.FIXTURE).read_text(encoding="utf-8")
    settings = Settings(hubs=home.parent)
    hub = estate.declared(settings)[EIGHTH]
    assert (hub.user, hub.as_hub().pin) == ("connector-zeeland", (51.5, 3.61))
    mine = set(estate.topics(settings)) - set(estate.topics(Settings()))
    assert mine == {one for one in estate.topics(settings) if EIGHTH in one}
    assert {one.name for one in of_hub(EIGHTH)} & mine
    assert zeven("schemas", "docs", "--to", "pages", folder=tmp_path).returncode == 0
    page = (tmp_path / "pages/hubs.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith(f"| `{EIGHTH}`"))
    assert all(word in row for word in ("NL-ZE", "51.5, 3.61", "`connector-zeeland`"))
    listed = json.loads(zeven("hub", "list", "--json", folder=tmp_path).stdout)
    assert [one["hub"] for one in listed].count(EIGHTH) == 1
