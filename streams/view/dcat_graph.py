"""A description of the exports as a graph, by the classes and properties of DCAT-AP-NL 3.0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from rdflib import BNode, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, SKOS, XSD

from streams.view.dcat import DATASETS, Described
from streams.view.exports import MEDIA, Format, Moment

if TYPE_CHECKING:
    from streams.view.api import View

NO_LICENCE: Final = "http://standaarden.overheid.nl/owms/terms/licentieonbekend"
"""What the values of the Dutch government have for a licence that nobody has said yet."""
CARD: Final = Namespace("http://www.w3.org/2006/vcard/ns#")
SPDX: Final = Namespace("http://spdx.org/rdf/terms#")
PREFIXES: Final = {"dcat": DCAT, "dct": DCTERMS, "foaf": FOAF, "vcard": CARD, "spdx": SPDX, "xsd": XSD}
EU: Final = "http://publications.europa.eu/resource/authority"
FILE_TYPES: Final = {
    Format.csv: "CSV",
    Format.ndjson: "JSON",
    Format.xlsx: "XLSX",
    Format.jsonld: "JSON_LD",
    Format.parquet: "PARQUET",
}
"""Names in the European list of file types."""


def catalogue(told: Described, view: View) -> Graph:
    """The catalogue as a graph."""
    graph = Graph(bind_namespaces="none")
    for prefix, names in (
        ("dcat", DCAT),
        ("dct", DCTERMS),
        ("foaf", FOAF),
        ("vcard", CARD),
        ("spdx", SPDX),
        ("xsd", XSD),
    ):
        graph.bind(prefix, names)
    here = URIRef(f"{told.site}/api/v1/dcat")
    common(graph, here, told, view)
    graph.add((here, RDF.type, DCAT.Catalog))
    texts(graph, here, ("Landelijk beeld van de AI-hubs", "National view of the AI hubs"), (
        "Projecten, evenementen, lidmaatschappen en organisaties van de zeven regionale AI-hubs, in één beeld.",
        "Projects, events, memberships and organisations of the seven regional AI hubs, in one view.",
    ))  # fmt: skip
    graph.add((here, FOAF.homepage, URIRef(f"{told.site}/")))
    graph.add((here, DCTERMS.license, URIRef(view.licence or NO_LICENCE)))
    service = _service(graph, told, view)
    graph.add((here, DCAT.service, service))
    for plural in DATASETS:
        dataset = _dataset(graph, plural, told, view)
        graph.add((here, DCAT.dataset, dataset))
        graph.add((service, DCAT.servesDataset, dataset))
    graph.add((here, DCTERMS.modified, Literal(told.moment.as_of, datatype=XSD.dateTime)))
    return graph


def texts(graph: Graph, of: URIRef, title: tuple[str, str], about: tuple[str, str]) -> None:
    """Title and description, Dutch and English."""
    for at, tongue in enumerate(("nl", "en")):
        graph.add((of, DCTERMS.title, Literal(title[at], lang=tongue)))
        graph.add((of, DCTERMS.description, Literal(about[at], lang=tongue)))


def common(graph: Graph, of: URIRef, told: Described, view: View) -> None:
    """Publisher, contact, languages, theme, rights and identifier."""
    office, contact = URIRef(f"{told.site}/#office"), URIRef(f"{told.site}/#contact")
    name = next((hub.nl for hub in view.hubs if hub.office), "Zeven")
    mail = next((hub.contact for hub in view.hubs if hub.office and hub.contact), None)
    graph.add((office, RDF.type, FOAF.Agent))
    graph.add((office, FOAF.name, Literal(name, lang="nl")))
    graph.add((contact, RDF.type, CARD.Kind))
    graph.add((contact, CARD.fn, Literal(name)))
    graph.add((contact, CARD.hasURL, URIRef(f"{told.site}/")))
    if mail:
        graph.add((contact, CARD.hasEmail, URIRef(f"mailto:{mail}")))
    theme, public = URIRef(f"{EU}/data-theme/TECH"), URIRef(f"{EU}/access-right/PUBLIC")
    graph.add((theme, RDF.type, SKOS.Concept))
    graph.add((public, RDF.type, DCTERMS.RightsStatement))
    for code in ("NLD", "ENG"):
        language = URIRef(f"{EU}/language/{code}")
        graph.add((language, RDF.type, DCTERMS.LinguisticSystem))
        graph.add((of, DCTERMS.language, language))
    for what in (DCTERMS.publisher, DCTERMS.creator):
        graph.add((of, what, office))
    graph.add((of, DCAT.contactPoint, contact))
    graph.add((of, DCAT.theme, theme))
    for word in ("AI-hubs", "kunstmatige intelligentie"):
        graph.add((of, DCAT.keyword, Literal(word, lang="nl")))
    graph.add((of, DCTERMS.accessRights, public))
    graph.add((of, DCTERMS.identifier, Literal(str(of), datatype=XSD.anyURI)))


def _service(graph: Graph, told: Described, view: View) -> URIRef:
    found = URIRef(f"{told.site}/api/v1")
    common(graph, found, told, view)
    graph.add((found, RDF.type, DCAT.DataService))
    texts(graph, found, ("API van het landelijk beeld", "API of the national view"), (
        "Lijsten, records, verschillen en veranderingen als JSON.",
        "Lists, records, differences and changes as JSON.",
    ))  # fmt: skip
    graph.add((found, DCAT.endpointURL, found))
    graph.add((found, DCAT.endpointDescription, URIRef(f"{told.site}/api/v1/openapi.json")))
    graph.add((found, DCTERMS.license, URIRef(view.licence or NO_LICENCE)))
    return found


def _dataset(graph: Graph, plural: str, told: Described, view: View) -> URIRef:
    found = URIRef(f"{told.site}/api/v1/{plural}")
    common(graph, found, told, view)
    dutch, english, about, about_english = DATASETS[plural]
    graph.add((found, RDF.type, DCAT.Dataset))
    sentences = " ".join(_sentences(told.moment))
    as_of = f"As of {told.moment.as_of}; watermark {told.moment.watermark or '-'}."
    of = f"Stand van {told.moment.as_of}; watermerk {told.moment.watermark or '-'}."
    texts(graph, found, (dutch, english), (f"{about}. {of} {sentences}".strip(), f"{about_english}. {as_of}"))
    graph.add((found, DCTERMS.accrualPeriodicity, URIRef(f"{EU}/frequency/UPDATE_CONT")))
    graph.add((found, DCTERMS.spatial, URIRef(f"{EU}/country/NLD")))
    graph.add((found, DCTERMS.modified, Literal(told.moment.as_of, datatype=XSD.dateTime)))
    told_of = URIRef(f"{told.site}/api/v1/exports")
    graph.add((told_of, RDF.type, FOAF.Document))
    graph.add((found, FOAF.page, told_of))
    graph.add((found, DCTERMS.conformsTo, _shape(told, plural)))
    graph.add((found, DCAT.landingPage, URIRef(f"{told.site}/{plural}")))
    for form in Format:
        graph.add((found, DCAT.distribution, _distribution(graph, (plural, form), told, view)))
    return found


def _shape(told: Described, plural: str) -> URIRef:
    """The schema of a list's records."""
    return URIRef(f"{told.site}/api/v1/schemas/zeven.national.{plural[:-1].capitalize()}.json")


def _sentences(moment: Moment) -> Iterator[str]:
    """What cannot be confirmed, in Dutch."""
    for one in moment.completeness.values():
        yield from (f"{line}." for line in one.get("sentences", {}).get("nl", ()))


def _distribution(graph: Graph, which: tuple[str, Format], told: Described, view: View) -> URIRef:
    plural, form = which
    at = "" if told.as_of is None else f"?as_of={told.as_of}"
    found = URIRef(f"{told.site}/api/v1/{plural}.{form}{at}")
    shape = _shape(told, plural)
    graph.add((found, RDF.type, DCAT.Distribution))
    graph.add((shape, RDF.type, DCTERMS.Standard))
    for what, value in (
        (DCTERMS.title, Literal(f"{DATASETS[plural][0]} ({form})", lang="nl")),
        (DCAT.accessURL, URIRef(f"{told.site}/{plural}")),
        (DCAT.downloadURL, found),
        (DCAT.accessService, URIRef(f"{told.site}/api/v1")),
        (DCTERMS.license, URIRef(view.licence or NO_LICENCE)),
        (DCTERMS["format"], URIRef(f"{EU}/file-type/{FILE_TYPES[form]}")),
        (
            DCAT.mediaType,
            URIRef(f"https://www.iana.org/assignments/media-types/{MEDIA[form].partition(';')[0]}"),
        ),
        (DCTERMS.conformsTo, shape),
        (DCTERMS.language, URIRef(f"{EU}/language/NLD")),
        (DCTERMS.modified, Literal(told.as_of or told.moment.as_of, datatype=XSD.dateTime)),
    ):
        graph.add((found, what, value))
    if which in told.digests:
        digest, size = told.digests[which]
        checksum = BNode()
        graph.add((found, SPDX.checksum, checksum))
        graph.add((checksum, RDF.type, SPDX.Checksum))
        graph.add((checksum, SPDX.algorithm, SPDX.checksumAlgorithm_sha256))
        graph.add((checksum, SPDX.checksumValue, Literal(digest, datatype=XSD.hexBinary)))
        graph.add((found, DCAT.byteSize, Literal(size, datatype=XSD.nonNegativeInteger)))
    return found
