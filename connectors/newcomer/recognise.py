"""What kind of source a sample is, by what it says and not by its name alone; and how its reader is told so. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from connectors.sources.jsonld import blocks_of, events_in
from schemas.errors import Stop

UNSAID: Final = "https://invullen.example"
"""Stands where a file does not tell the address of its source."""
KINDS: Final = ("project", "event", "membership")
_MARKED: Final = (".xml", ".rss", ".atom", ".html", ".htm", ".json", ".ics")
_WP: Final = "/wp-json"
_OWN_TYPES: Final = re.compile(
    r"posts|pages|media|blocks?(-\w+)*|templates|template-parts|navigation|types|statuses|taxonomies|categories|tags"
    r"|users|comments|search|settings|themes|plugins|sidebars|widgets|widget-types|menus|menu-items|menu-locations"
    r"|global-styles|pattern-directory|font-\w+|icons|tribe_\w+|wp_\w+"
)
_TYPE_ROUTE: Final = re.compile(r"/wp/v2/([a-z0-9_-]+)")
_TABLE: Final = re.compile(r"^(?P<base>https?://.+?)/(?:\$metadata#)?(?P<table>\w+)(?:\(.*|/.*|\?.*)?$")


@dataclass(frozen=True, slots=True)
class Sample:
    """What was given: where it came from (an address, or a path), and its bytes."""

    where: str
    body: bytes

    @property
    def address(self) -> str:
        """Its address on the web; empty for a file."""
        return self.where if self.where.startswith(("http://", "https://")) else ""

    @property
    def text(self) -> str:
        """Its bytes as text, however they are written."""
        coding = "utf-16" if self.body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        return self.body.decode(coding, "replace").lstrip()


@dataclass(frozen=True, slots=True)
class Found:
    """A source: its reader, options, likely kinds of record, why; `answer` is what the reader is given instead of a
    question, None when it asks itself; `missing` names options that the sample does not tell.
    """

    reader: str
    options: Mapping[str, Any]
    kinds: tuple[str, ...]
    why: str
    answer: bytes | None = None
    missing: tuple[str, ...] = ()
    secret: Mapping[str, str] = field(default_factory=dict)


def recognise(sample: Sample, kind: str | None = None) -> Found:
    """What a sample is. Raises `Stop` with what to do when it is nothing that can be read."""
    text = sample.text
    if not sample.body.strip(b"\0 \r\n\t\xef\xbb\xbf"):
        raise _no(sample, "The sample is empty", "Give one with at least one record.")
    if not sample.address and sample.where.lower().endswith(
        (".xlsx", ".xlsm", ".csv", ".jsonl", ".ndjson", ".tsv")
    ):
        return _file(sample, f"a file that is called {sample.where.rpartition('.')[2]}")
    if "BEGIN:VCALENDAR" in text[:2_000].upper():
        return _at(sample, "ical", {"mode": "snapshot"}, ("event",), "it begins with BEGIN:VCALENDAR")
    if text[:1] in ("{", "["):
        return _json(sample, text, kind)
    if text[:1] == "<":
        return _markup(sample, text)
    if sample.address:
        fix = "A list is read from a folder: download it, and give its path. A page needs JSON-LD, a feed or an API."
        raise _no(sample, f"The answer is nothing that can be read: {text[:60]!r}", fix)
    if sample.where.lower().endswith(_MARKED):
        raise _no(sample, f"The file does not hold what its name says: {text[:60]!r}", "Fetch it again.")
    if b"\0" in sample.body[:4_000] and not sample.body.startswith((b"PK", b"\xff\xfe", b"\xfe\xff")):
        raise _no(sample, "The file is no text", "Save it as xlsx or CSV.")
    return _file(sample, "text in columns")


def _no(sample: Sample, what: str, fix: str) -> Stop:
    return Stop(what, where=bare(sample.where), fix=fix)


def bare(where: str) -> str:
    """A place without what may be secret in it: user, password, query."""
    try:
        parts = urlsplit(where)
    except ValueError:
        return where.partition("?")[0]
    return (
        urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
        if parts.netloc
        else where
    )


def _file(sample: Sample, why: str) -> Found:
    if sample.address:
        raise _no(
            sample, "A list is read from a folder, not from an address", "Download it, and give its path."
        )
    options = {"path": sample.where, "mode": "snapshot"}
    return Found("files", options, ("membership", "project", "event"), why)


def _at(
    sample: Sample, reader: str, options: Mapping[str, Any], kinds: tuple[str, ...], why: str, url: str = ""
) -> Found:
    """A source at one address: that of the sample, or the one that the sample itself tells."""
    address = sample.address or url
    missing = () if address else ("url",)
    return Found(reader, {"url": address or UNSAID, **options}, kinds, why, sample.body, missing)


def _json(sample: Sample, text: str, kind: str | None) -> Found:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise _no(
            sample, f"The sample is no sound JSON: {fault}"[:160], "Half a file? Fetch it again."
        ) from fault
    if isinstance(said, Mapping) and isinstance(said.get("routes"), Mapping):
        return _site(sample, said, kind)
    one = said[0] if isinstance(said, list) and said else said
    first = one if isinstance(one, Mapping) else {}
    for test in (_tec, _posts, _dataverse, _hubspot, _eventbrite):
        found = test(sample, first)
        if found is not None:
            posts = said if isinstance(said, list) else [said]
            return replace(found, answer=json.dumps(posts).encode()) if test is _posts else found
    if sample.address:
        raise _no(
            sample,
            "The answer is JSON of no API that is known here",
            "Save it as a file (.json) when it is a list of records, or give the address of one of the known APIs.",
        )
    return _file(sample, "JSON with a list of records")


def _site(sample: Sample, said: Mapping[str, Any], kind: str | None) -> Found:
    """The front door of the REST API of WordPress: what stands behind it is told by its routes."""
    base = sample.address.partition(_WP)[0] or str(said.get("home") or said.get("url") or "") or UNSAID
    named = set(_TYPE_ROUTE.findall(" ".join(map(str, said["routes"]))))
    names = sorted(name for name in named if not _OWN_TYPES.fullmatch(name))
    if "tribe/events/v1" in said.get("namespaces", ()) and kind in (None, "event"):
        return Found("tec", {"url": base}, ("event",), "its site has The Events Calendar")
    if len(names) == 1:
        return Found(
            "wordpress", {"url": base, "type": names[0]}, KINDS, f"its site has one own post type, {names[0]}"
        )
    raise _no(
        sample,
        f"The site has {len(names)} post types of its own: {', '.join(names) or 'none'}",
        f"Give the address of one: {base}{_WP}/wp/v2/{names[0] if names else 'posts'}",
    )


def _listed(one: Mapping[str, Any], name: str) -> list[Any]:
    """The list of that name, or the thing itself as a list of one."""
    found = one.get(name)
    return found if isinstance(found, list) else [one]


def _tec(sample: Sample, one: Mapping[str, Any]) -> Found | None:
    listed = _listed(one, "events")
    first = listed[0] if listed and isinstance(listed[0], Mapping) else {}
    if not {"start_date", "title"} <= set(first) or not {"utc_start_date", "rest_url", "timezone"} & set(
        first
    ):
        return None
    base = (sample.address or str(first.get("rest_url") or "")).partition(_WP)[0]
    events = {"events": listed, "total": len(listed), "total_pages": 1}
    return Found(
        "tec",
        {"url": base or UNSAID},
        ("event",),
        "events with start_date and utc_start_date, as The Events Calendar gives them",
        json.dumps(events).encode(),
        () if base else ("url",),
    )


def _posts(sample: Sample, one: Mapping[str, Any]) -> Found | None:
    title = one.get("title")
    if not (isinstance(title, Mapping) and "rendered" in title) or "id" not in one:
        return None
    links = one.get("_links") if isinstance(one.get("_links"), Mapping) else {}
    selfs = links.get("self") if isinstance(links, Mapping) else None
    own = (
        str(selfs[0].get("href", ""))
        if isinstance(selfs, list) and selfs and isinstance(selfs[0], Mapping)
        else ""
    )
    base, _, rest = (sample.address or own).partition(_WP)
    if not base and one.get("link"):
        base = "{0.scheme}://{0.netloc}".format(urlsplit(str(one["link"])))
    found = _TYPE_ROUTE.search(rest)
    kind = found[1] if found else f"{one.get('type') or 'post'}".replace("post", "posts")
    return Found(
        "wordpress",
        {"url": base or UNSAID, "type": kind},
        KINDS,
        "posts with title.rendered, as the REST API of WordPress gives them",
        missing=() if base else ("url",),
    )


def _dataverse(sample: Sample, one: Mapping[str, Any]) -> Found | None:
    listed = one.get("value")
    if "@odata.context" not in one or not isinstance(listed, list):
        return None
    where = _TABLE.match(str(one["@odata.context"])) or _TABLE.match(sample.address)
    table = where["table"] if where else "invullen"
    first = next((each for each in listed if isinstance(each, Mapping) and "reason" not in each), {})
    names = [name for name in first if "@" not in name and re.fullmatch(r"\w+", name)]
    likely = (f"{table.removesuffix('es')}id", f"{table.removesuffix('s')}id", "id")
    ident = next((name for name in likely if name in names), None) or next(
        (name for name in names if name.endswith("id") and not name.startswith("_")), None
    )
    if ident is None:
        raise _no(sample, "The rows have no id", f"Ask for the primary id column of {table} too ($select).")
    options = {"url": where["base"] if where else UNSAID, "table": table, "id": ident, "select": names}
    why = "rows with @odata.context, as Dataverse gives them"
    return Found("dataverse", options, KINDS, why, sample.body, () if where else ("url", "table"))


def _hubspot(sample: Sample, one: Mapping[str, Any]) -> Found | None:
    listed = _listed(one, "results")
    first = listed[0] if listed and isinstance(listed[0], Mapping) else {}
    if not isinstance(first.get("properties"), Mapping) or "id" not in first or "type" in first:
        return None
    found = re.search(r"/crm/v3/objects/([\w-]+)", sample.address)
    names = dict.fromkeys(
        name for each in listed for name in each["properties"] if not name.startswith("hs_")
    )
    options: dict[str, Any] = {"object": found[1] if found else "companies", "properties": list(names)}
    if sample.address:
        options["url"] = "{0.scheme}://{0.netloc}".format(urlsplit(sample.address))
    why = "objects with properties, as HubSpot gives them"
    answer = json.dumps({"results": listed}).encode()
    return Found("hubspot", options, KINDS, why, answer, () if found else ("object",))


def _eventbrite(sample: Sample, one: Mapping[str, Any]) -> Found | None:
    listed = _listed(one, "events")
    first = listed[0] if listed and isinstance(listed[0], Mapping) else {}
    if not (isinstance(first.get("name"), Mapping) and isinstance(first.get("start"), Mapping)):
        return None
    found = re.search(r"(?P<base>.+)/organizations/(?P<id>\d+)/events", sample.address)
    organisation = (
        found["id"] if found else str(first.get("organization_id") or first.get("organizer_id") or "")
    )
    options = {"organisation": organisation or "0", **({"url": found["base"]} if found else {})}
    answer = json.dumps({"events": listed, "pagination": {"has_more_items": False}}).encode()
    why = "events with name.text and start.utc, as Eventbrite gives them"
    return Found("eventbrite", options, ("event",), why, answer, () if organisation else ("organisation",))


def _markup(sample: Sample, text: str) -> Found:
    head = text[:3_000].lower()
    if (
        "<html" in head
        or "<!doctype html" in head
        or re.match(r"<(script|div|body|head|main|article)\b", head)
    ):
        return _page(sample, text)
    try:
        root: Element = fromstring(sample.body)
    except (ParseError, DefusedXmlException, ValueError) as fault:
        if re.search(r"<(rss|feed|rdf:rdf)\b", head):
            return _at(sample, "feed", {}, ("project",), "a feed, though its XML is not sound")
        raise _no(
            sample, f"The sample is no sound XML: {fault}"[:160], "Half a file? Fetch it again."
        ) from fault
    forms: Mapping[str, Callable[[Sample, Element], Found]] = {
        "OAI-PMH": _oai,
        "urlset": _sitemap,
        "sitemapindex": _sitemap,
    }
    name = root.tag.rpartition("}")[2]
    if name in ("rss", "feed", "RDF"):
        return _at(sample, "feed", {}, ("project",), f"a feed: its root is <{name}>")
    if name in forms:
        return forms[name](sample, root)
    raise _no(
        sample,
        f"XML of no kind that is known here: <{name}>",
        "Known are RSS, Atom, OAI-PMH (ask with ?verb=ListRecords&metadataPrefix=…) and sitemaps.",
    )


def _oai(sample: Sample, root: Element) -> Found:
    request = next((one for one in root.iter() if one.tag.endswith("}request")), None)
    asked = dict(request.attrib) if request is not None else {}
    asked |= {name: said[0] for name, said in parse_qs(urlsplit(sample.address).query).items()}
    url = sample.address.partition("?")[0] or (str(request.text or "").strip() if request is not None else "")
    options = {"url": url or UNSAID, "prefix": asked.get("metadataPrefix", "oai_cerif_openaire")}
    options |= {"set": asked["set"]} if "set" in asked else {}
    has_records = any(one.tag.endswith("}record") for one in root.iter())
    why = "an answer of a repository (OAI-PMH)"
    if not has_records and not sample.address:
        raise _no(
            sample,
            "The answer of the repository holds no records",
            "Ask it with ?verb=ListRecords&metadataPrefix=oai_cerif_openaire (and its set of projects).",
        )
    return Found(
        "oai", options, ("project",), why, sample.body if has_records else None, () if url else ("url",)
    )


def _sitemap(sample: Sample, root: Element) -> Found:
    del root
    if not sample.address:
        raise _no(sample, "A sitemap as a file tells no events", "Give the address of the sitemap.")
    return Found("pages", {"sitemap": sample.address}, ("event",), "a sitemap; its pages are read")


def _page(sample: Sample, text: str) -> Found:
    blocks = blocks_of(text)
    if any(True for value in blocks.values for _ in events_in(value)):
        options = {"pages": [sample.address or UNSAID]}
        missing = () if sample.address else ("pages",)
        answer = None if sample.address else sample.body  # the reader asks robots.txt first
        return Found("pages", options, ("event",), "a page with events in JSON-LD", answer, missing)
    better = re.findall(
        r'href="([^"]+)"', " ".join(re.findall(r"<link\b[^>]*(?:rss\+xml|atom\+xml|api\.w\.org)[^>]*>", text))
    )
    also = f" The page itself names: {', '.join(better[:3])}." if better else ""
    why = "only microdata, which is not read" if blocks.microdata else "no events in JSON-LD"
    raise _no(
        sample, f"The page has {why}", f"Give the address of a feed, a calendar, an API or a sitemap.{also}"
    )


def guarded(found: Found, secret: Callable[[str], bool]) -> Found:
    """A source whose addresses hold no secrets; those are kept apart, for the environment."""
    clean, kept = dict(found.options), dict(found.secret)
    for name, value in found.options.items():
        if isinstance(value, str) and value.startswith(("http://", "https://")):
            clean[name] = _without_secrets(value, secret)
            if clean[name] != value:
                kept[name] = value
    return replace(found, options=clean, secret=kept)


def _without_secrets(address: str, secret: Callable[[str], bool]) -> str:
    """An address without user, password and secret parameters; of one that is secret as a whole nothing is left."""
    parts = urlsplit(address)
    asked = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, said) for name, said in asked if not secret(f"https://x.example/?{name}={said}")]
    query = parts.query if kept == asked else urlencode(kept)
    clean = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))
    return UNSAID if secret(clean) else clean
