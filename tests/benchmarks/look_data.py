"""What a look is measured on: the same rows as REST pages, a CSV file, a calendar and a table."""

from __future__ import annotations

import csv
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import psycopg

PER_PAGE = 100
CSV_HEAD = ("Nummer", "Deelnemer", "KvK", "Website", "Gremium", "Hoedanigheid", "Soort deelnemer", "Vanaf")
TABLE = "bench.leden"


def title(number: int, version: int) -> str:
    """What changes in a changed row."""
    return f"Voorbeeldorganisatie {number} in versie {version}"


def write_csv(path: Path, versions: list[int], edition: int) -> None:
    """The list of members, as a hub exports it; editions differ in the empty lines at its end."""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=";")
        writer.writerow(CSV_HEAD)
        for number, version in enumerate(versions):
            rest = ("AI-hub Brightlands", "partner", "bedrijf", "2024-02-01")
            writer.writerow(
                (f"LB-{number:07}", title(number, version), "", f"https://o{number}.example", *rest)
            )
        out.write("\r\n" * edition)


def calendar(versions: list[int], edition: int) -> bytes:
    """A calendar feed of single events; as many calendars do, it stamps every event with the time of the answer."""
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{number}@bench.example\r\nDTSTAMP:2026010{edition}T000000Z\r\n"
        f"DTSTART:2027{1 + number % 12:02}{1 + number % 28:02}T100000Z\r\n"
        f"DTEND:2027{1 + number % 12:02}{1 + number % 28:02}T110000Z\r\n"
        f"SUMMARY:{title(number, version)}\r\nDESCRIPTION:Voorbeelddata over nummer {number}\r\n"
        f"LOCATION:Campus\\, Heerlen\r\nCATEGORIES:Defensie\r\nURL:https://b.example/e/{number}\r\nEND:VEVENT\r\n"
        for number, version in enumerate(versions)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//bench//NL\r\n{events}END:VCALENDAR\r\n".encode()


def posts(versions: list[int]) -> dict[int, bytes]:
    """Pages of a post type of WordPress, by their number."""
    pages = {}
    for at in range(0, len(versions), PER_PAGE):
        page = [post(number, version) for number, version in enumerate(versions[at : at + PER_PAGE], at)]
        pages[at // PER_PAGE + 1] = orjson.dumps(page)
    return pages


def post(number: int, version: int) -> dict[str, Any]:
    """One post as WordPress 6 shows it."""
    when = f"2026-01-{1 + version % 28:02}T10:00:00"
    rest = {"project_status": "running", "start_date": "2026-01-01", "partners": f"Org {number} | partner | "}
    return {
        "id": number + 1,
        "date": when,
        "date_gmt": when,
        "modified": when,
        "modified_gmt": when,
        "slug": f"project-{number}",
        "status": "publish",
        "type": "project",
        "link": f"https://bench.example/projects/{number}/",
        "title": {"rendered": title(number, version)},
        "content": {"rendered": f"<p>Voorbeelddata over nummer {number}.</p>", "protected": False},
        "excerpt": {"rendered": "", "protected": False},
        "meta": rest,
        "acf": [],
    }


def write_table(dsn: str, versions: list[int]) -> None:
    """A table with a change stamp, filled anew."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS bench")
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {TABLE} (id text PRIMARY KEY, organisatie text, website text, orgaan text,"
            " rol text, soort text, sinds date, version int, op timestamptz DEFAULT now())"
        )
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE fresh (id text PRIMARY KEY, naam text, version int)")
            with cursor.copy("COPY fresh FROM STDIN") as copy:
                for number, version in enumerate(versions):
                    copy.write_row((f"MN-{number:07}", title(number, version), version))
        connection.execute(
            f"INSERT INTO {TABLE} SELECT id, naam, 'https://o.example', 'AI-hub Midden-Nederland', 'partner',"
            " 'bedrijf', '2024-02-01', version FROM fresh ON CONFLICT (id)"
            " DO UPDATE SET organisatie = EXCLUDED.organisatie, version = EXCLUDED.version, op = now()"
            f" WHERE {TABLE}.version != EXCLUDED.version"
        )


class Site:
    """Serves pages and a calendar; what it serves may be replaced."""

    def __init__(self) -> None:
        self.pages: dict[int, bytes] = {}
        self.calendar = b""
        self.total = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Serve no longer."""
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version, wbufsize, disable_nagle_algorithm = "HTTP/1.1", -1, True

            def do_GET(self) -> None:
                asked = urlsplit(self.path)
                query = parse_qs(asked.query)
                if asked.path.endswith(".ics"):
                    self._send(site.calendar, "text/calendar; charset=utf-8")
                elif query.get("per_page") == ["1"]:
                    self._send(orjson.dumps(orjson.loads(site.pages[1])[:1]), "application/json")
                else:
                    self._send(site.pages.get(int(query.get("page", ["1"])[0]), b"[]"), "application/json")

            def _send(self, body: bytes, kind: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("X-WP-Total", str(site.total))
                self.send_header("X-WP-TotalPages", str(len(site.pages)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name of the library)
                del format, args

        return Handler


def versions(count: int, of: str, before: list[int] | None = None) -> list[int]:
    """The version of each row: as before, with one in a hundred or all one higher."""
    known = before or [1] * count
    step = {"first": 0, "same": 0, "0 %": 0, "1 %": 100, "100 %": 1}[of]
    return [one + 1 if step and number % step == 0 else one for number, one in enumerate(known)]


def changed(before: list[int], after: list[int]) -> int:
    """How many rows differ."""
    return sum(one != other for one, other in zip(before, after, strict=True))
