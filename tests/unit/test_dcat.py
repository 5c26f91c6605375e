"""The exports described after DCAT-AP-NL 3.0: what it asks for is there, and a checksum is that of what is fetched."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from rdflib import Graph, Namespace, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF

from streams.view.api import View, application
from streams.view.dcat_graph import NO_LICENCE
from streams.view.materialise import Bell
from streams.view.tables import open_writer
from tests.support.view_past import Past, fed
from tests.support.view_world import HUBS

SPDX = Namespace("http://spdx.org/rdf/terms#")
SITE = "https://zeven.example"
AGENT = (DCTERMS.publisher, DCAT.contactPoint)
ABOUT = (DCTERMS.title, DCTERMS.description)
ASKED_FOR: dict[URIRef, tuple[URIRef, ...]] = {
    DCAT.Catalog: (*ABOUT, DCTERMS.language, DCAT.dataset, *AGENT),
    DCAT.Dataset: (
        *(*ABOUT, DCTERMS.identifier, DCTERMS.creator, DCTERMS.accessRights),
        *(DCAT.theme, DCAT.distribution, *AGENT),
    ),
    DCAT.Distribution: (
        *(DCAT.accessURL, DCAT.mediaType),
        *(DCTERMS.license, DCTERMS["format"], DCTERMS.conformsTo),
    ),
    DCAT.DataService: (
        *(*ABOUT, DCTERMS.identifier, DCTERMS.accessRights, DCTERMS.license),
        *(DCAT.endpointURL, DCAT.endpointDescription, DCAT.theme, *AGENT),
    ),
}
"""Per class what DCAT-AP-NL 3.0 makes mandatory, and a file's schema."""
ONCE = (DCAT.contactPoint, DCTERMS.publisher, DCTERMS.accessRights)
NUMBERS = {DCAT.Catalog: 1, DCAT.DataService: 1, DCAT.Dataset: 4, DCAT.Distribution: 20}


class Door:
    """A view with a history, its past, and its door."""

    def __init__(self, folder: Path, **more: Any) -> None:
        folder.mkdir(exist_ok=True)
        self.told = Past()
        self.writer = open_writer(folder)
        self._view = View(folder, HUBS, lambda: self.told.now - 1, Bell(), lambda: None, **more)
        self._app = application(self._view)

    def read(self) -> None:
        """Take in what was said."""
        fed(self.writer, [*self.told.national, *self.told.history])

    def ask(self, path: str) -> httpx.Response:
        """Ask the door."""

        async def get() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url=SITE) as client:
                return await client.get(path)

        return asyncio.run(get())

    def graph(self) -> Graph:
        """The description, as Turtle."""
        answer = self.ask("/api/v1/dcat.ttl")
        assert answer.headers["content-type"].startswith("text/turtle")
        return Graph().parse(data=answer.text, format="turtle")


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    found = Door(tmp_path)
    found.told.say("p-a", "Een")
    found.told.say("p-b", "Twee", hub="zuid-holland")
    found.read()
    yield found
    found.writer.close()


def test_every_class_has_what_is_asked_for(door: Door) -> None:
    graph = door.graph()
    for kind, asked in ASKED_FOR.items():
        found = list(graph.subjects(RDF.type, kind))
        assert len(found) == NUMBERS[kind]
        for one in found:
            assert [name for name in asked if (one, name, None) not in graph] == [], one
            assert [name for name in ONCE if len(list(graph.objects(one, name))) > 1] == [], one
    for agent in set(graph.objects(None, DCTERMS.publisher)):
        assert (agent, RDF.type, FOAF.Agent) in graph
        assert (agent, FOAF.name, None) in graph


# of rdflib, about itself, when it parses JSON-LD
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_both_forms_say_the_same(door: Door) -> None:
    answer = door.ask("/api/v1/dcat.jsonld")
    assert answer.headers["content-type"].startswith("application/ld+json")
    assert set(answer.json()["@context"]) == {"dcat", "dct", "foaf", "vcard", "spdx", "xsd"}
    assert isomorphic(Graph().parse(data=answer.text, format="json-ld"), door.graph())


def test_a_checksum_is_that_of_what_is_fetched_later(door: Door) -> None:
    graph = door.graph()
    door.told.say("p-c", "Later")
    door.read()
    summed = list(graph.subject_objects(SPDX.checksum))
    assert len(summed) == 8
    for file, checksum in summed:
        (address,) = graph.objects(file, DCAT.downloadURL)
        (digest,) = graph.objects(checksum, SPDX.checksumValue)
        (size,) = graph.objects(file, DCAT.byteSize)
        content = door.ask(str(address).removeprefix(SITE)).content
        assert (hashlib.sha256(content).hexdigest(), str(len(content))) == (str(digest).lower(), str(size)), (
            address
        )
        assert b"Later" not in content


def test_every_address_in_it_is_one(door: Door) -> None:
    graph = door.graph()
    names = (DCAT.downloadURL, DCTERMS.conformsTo, DCAT.endpointDescription)
    for address in {str(one) for name in names for one in graph.objects(None, name)}:
        assert door.ask(address.removeprefix(SITE)).status_code == 200, address


def test_without_a_history_there_is_no_checksum_and_a_licence_that_nobody_said_is_unknown(
    tmp_path: Path,
) -> None:
    empty, licensed = Door(tmp_path / "a"), Door(tmp_path / "b", licence="https://example.org/cc-by-4.0")
    empty.told.say("p-a", "Niet gelezen")
    graph = empty.graph()
    assert (None, SPDX.checksum, None) not in graph
    assert set(graph.objects(None, DCTERMS.license)) == {URIRef(NO_LICENCE)}
    licensed.told.say("p-a", "Niet gelezen")
    assert set(licensed.graph().objects(None, DCTERMS.license)) == {URIRef("https://example.org/cc-by-4.0")}
    empty.writer.close()
    licensed.writer.close()
