"""How each source system writes an item: the JSON of the plugins, the CSV of Excel."""

from __future__ import annotations

import csv
import html
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

from deploy.samples.region import HOTSPOTS, Hotspot

COLUMNS = (
    "Lidnummer",
    "Organisatie",
    "KvK-nummer",
    "ROR",
    "Website",
    "Orgaan",
    "Rol",
    "Soort",
    "Lid sinds",
    "Lid tot",
    "Via",
    "Opmerking",
)
TAXONOMIES = ("werkgebied", "dimensie", "instrument", "focusgebied", "thema", "projecttype")
_SWITCHES = dict.fromkeys(("show_map", "show_map_link", "hide_from_listings", "sticky", "featured"), False)
PUBLISHED = 1_700_000_000_000


def slug(text: str) -> str:
    """A title as part of an address."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")


def rendered(text: str) -> str:
    """Text as WordPress renders a title: entities for ampersands and curly quotes."""
    curly = text.replace("'", "’")
    return (
        html.escape(curly, quote=False)
        .replace("’", "&#8217;")
        .replace("‘", "&#8216;")
        .replace("–", "&#8211;")
    )


def wordpress_post(number: str, body: Mapping[str, Any], modified: int, base: str) -> dict[str, Any]:
    """A project as `/wp/v2/projecten` gives it, terms embedded."""
    address = f"{base}/project/{body.get('slug') or slug(body['title'])}/"
    terms = {name: [term(name, each) for each in body["terms"].get(name, ())] for name in TAXONOMIES}
    return {
        "id": int(number),
        "date": local(PUBLISHED),
        "date_gmt": utc(PUBLISHED, "T"),
        "guid": {"rendered": f"{base}/?post_type=projecten&#038;p={number}"},
        "modified": local(modified),
        "modified_gmt": utc(modified, "T"),
        "slug": body.get("slug") or slug(body["title"]),
        "status": body.get("status", "publish"),
        "type": "projecten",
        "link": address,
        "title": {"rendered": rendered(body["title"])},
        "content": {"rendered": body["content"], "protected": False},
        "excerpt": {"rendered": f"<p>{rendered(body['excerpt'])}</p>\n", "protected": False},
        "author": 1,
        "featured_media": 0,
        "template": "",
        "meta": [],
        "acf": body["acf"] or [],
        **{name: [term["id"] for term in found] for name, found in terms.items()},
        "_links": {"self": [{"href": f"{base}/wp-json/wp/v2/projecten/{number}"}]},
        "_embedded": {"wp:term": list(terms.values())},
    }


def tec_event(
    number: str,
    body: Mapping[str, Any],
    modified: int,
    base: str,
    places: Sequence[Hotspot] = HOTSPOTS,
    province: str = "Zuid-Holland",
) -> dict[str, Any]:
    """An event as The Events Calendar gives it."""
    start = datetime.fromisoformat(body["start"])
    end = start + timedelta(minutes=int(body["minutes"]))
    if body["all_day"]:
        start, end = start.replace(hour=0, minute=0), end.replace(hour=23, minute=59, second=59)
    return {
        **_tec_post(number, body, modified, base),
        "all_day": body["all_day"],
        "start_date": str(start),
        "end_date": str(end),
        **_details({"start_date": start, "end_date": end}),
        "utc_start_date": str(_to_utc(start, body["zone"])),
        "utc_end_date": str(_to_utc(end, body["zone"])),
        "timezone": body["zone"],
        "timezone_abbr": body["zone"] if body["zone"].startswith("UTC") else "CET",
        "cost": body["cost"],
        "cost_details": {"currency_symbol": "€", "currency_position": "prefix", "values": []},
        "website": body["website"],
        **_SWITCHES,
        "event_status": body["event_status"],
        "categories": [term("tribe_events_cat", each) for each in body["areas"]],
        "tags": [term("post_tag", each) for each in body["tags"]],
        "venue": _venue(body["venue"], base, places, province),
        "organizer": [
            {"id": _number(each["organizer"]), **{key: said for key, said in each.items() if said}}
            for each in body["organizer"]
        ],
        "virtual_url": body["online_url"] or None,
        "capaciteit": body["capaciteit"],
        "titel_en": body["titel_en"],
        "voorbeelddata": True,
    }


def _tec_post(number: str, body: Mapping[str, Any], modified: int, base: str) -> dict[str, Any]:
    """What an event has as a post; occurrences of a series have their day in the address."""
    name = body.get("slug") or slug(body["title"])
    day = f"{body['start'][:10]}/" if int(number) >= 10_000_000 else ""
    own = f"{base.partition('://')[2]}?id={number}"
    return {
        "id": int(number),
        "global_id": own,
        "global_id_lineage": [*body.get("lineage", ()), own],
        "author": "1",
        "status": body.get("status", "publish"),
        "date": local(PUBLISHED).replace("T", " "),
        "date_utc": utc(PUBLISHED, " "),
        "modified": local(modified).replace("T", " "),
        "modified_utc": utc(modified, " "),
        "url": f"{base}/evenement/{name}/{day}",
        "rest_url": f"{base}/wp-json/tribe/events/v1/events/{number}",
        "title": rendered(body["title"]),
        "description": body["description"],
        "excerpt": "",
        "slug": name,
        "image": False,
    }


def member_list(rows: Iterable[tuple[str, Mapping[str, Any]]]) -> bytes:
    """The list as Dutch Excel saves it: `;`, Windows-1252, CRLF, numbers without their leading zero."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for number, row in rows:
        cells = {"Lidnummer": number, **row}
        cells["KvK-nummer"] = str(cells["KvK-nummer"]).lstrip("0")
        writer.writerow(_excel(cells))
    return out.getvalue().encode("cp1252", "replace")


def _excel(cells: Mapping[str, Any]) -> Sequence[str]:
    return [str(cells.get(name, "")) for name in COLUMNS]


def term(taxonomy: str, name: str) -> dict[str, Any]:
    return {"id": _number(name), "name": rendered(name), "slug": slug(name), "taxonomy": taxonomy}


def _number(text: str) -> int:
    return 100 + crc32(text.encode()) % 9000


def _venue(city: str | None, base: str, places: Sequence[Hotspot], province: str) -> Any:
    for spot in places:
        if spot.city == city:
            return {
                "id": _number(spot.name),
                "url": f"{base}/locatie/{slug(spot.name)}/",
                "venue": spot.name,
                "slug": slug(spot.name),
                "address": spot.address,
                "city": spot.city,
                "country": "Nederland",
                "province": province,
                "stateprovince": province,
                "zip": spot.postcode,
                "geo_lat": float(spot.lat),
                "geo_lng": float(spot.lon),
            }
    return []


def _details(moments: Mapping[str, datetime]) -> dict[str, Any]:
    return {
        f"{name}_details": {
            "year": f"{at:%Y}",
            "month": f"{at:%m}",
            "day": f"{at:%d}",
            "hour": f"{at:%H}",
            "minutes": f"{at:%M}",
            "seconds": f"{at:%S}",
        }
        for name, at in moments.items()
    }


def _to_utc(local: datetime, zone: str) -> datetime:
    place: Any = (
        timezone(timedelta(hours=int(zone.removeprefix("UTC") or 0)))
        if zone.startswith("UTC")
        else ZoneInfo(zone)
    )
    return local.replace(tzinfo=place).astimezone(UTC).replace(tzinfo=None)


def utc(ms: int, between: str) -> str:
    return datetime.fromtimestamp(ms // 1000, UTC).strftime(f"%Y-%m-%d{between}%H:%M:%S")


def local(ms: int) -> str:
    return datetime.fromtimestamp(ms // 1000, ZoneInfo("Europe/Amsterdam")).strftime("%Y-%m-%dT%H:%M:%S")
