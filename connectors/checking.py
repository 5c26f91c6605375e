"""What is wrong with a hub's declaration before it goes live: everything at once, each with its fix.

Four looks: the manifest and its mapping; secrets that stand where they do not belong; whether the pace asked for keeps
the limits that the source systems state; and a dry connection, which reads the beginning of each source, maps it, and
publishes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, Literal, NamedTuple

from connectors.hubs import Mapper
from connectors.look import Job
from connectors.manifest import Manifest, SourcePart
from connectors.publish import Writer
from connectors.translate import Translator
from schemas.errors import Stop

Level = Literal["fault", "remark", "good"]
ROUNDS: Final = 2  # a list of several pages is read till two rounds show the same
FIRST_ROWS: Final = 50
SHOWN: Final = 5


class Finding(NamedTuple):
    """One thing that was looked at; `where` is a place in the manifest or a source."""

    level: Level
    where: str
    what: str
    fix: str = ""


class Known(NamedTuple):
    """What a source system lets pass: so many questions in so many seconds, and so many rows an answer."""

    questions: int
    seconds: int
    rows: int


LIMITS: Final[Mapping[str, tuple[Known, ...]]] = {
    "hubspot": (Known(100, 10, 100), Known(250_000, 86_400, 100)),
    "dataverse": (Known(6_000, 300, 500),),
}
"""HubSpot: usage guidelines, private apps of the smallest plan; Dataverse: service protection limits, per user."""

_SECRET_NAMES: Final = re.compile(
    r"^\s*(\w*(?:token|secret|password|passwd|api_?key|wachtwoord)\w*)\s*=\s*[\"']([^\"'{]{4,})[\"']",
    re.IGNORECASE | re.MULTILINE,
)
_SECRET_FORMS: Final = {
    "a token of HubSpot": re.compile(r"\bpat-(?:eu1|na1)-[0-9a-f-]{20,}"),
    "a signing secret": re.compile(r"\bwhsec_[A-Za-z0-9+/=]{16,}"),
    "a JSON web token": re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a password in an address": re.compile(r"\b[a-z][a-z0-9+.-]*://[^/\s:@\"']+:[^/\s@\"']+@"),
    "a key in an address": re.compile(
        r"https?://[^\s\"']+[?&](?:token|key|api_?key|access_token|sig)=[^&\s\"']{6,}", re.IGNORECASE
    ),
    "the secret address of a calendar": re.compile(
        r"https?://[^\s\"']+/private-[0-9a-f]{16,}/", re.IGNORECASE
    ),
}


def secrets(text: str, where: str) -> Iterator[Finding]:
    """Secrets in a manifest or mapping; what they are is never shown."""
    fix = "Take it out, give it in the environment (ZEVEN_HUB_<HUB>_<KIND>_<OPTION>), and replace it at the source."
    found: dict[int, str] = {}
    for match in _SECRET_NAMES.finditer(text):
        found.setdefault(text.count("\n", 0, match.start(1)) + 1, f"{match[1]} has a value")
    for name, form in _SECRET_FORMS.items():
        for match in form.finditer(text):
            found.setdefault(text.count("\n", 0, match.start()) + 1, name)
    for line, what in sorted(found.items()):
        yield Finding("fault", f"{where}:{line}", f"A secret stands here: {what}", fix)


def limits(manifest: Manifest) -> Iterator[Finding]:
    """Whether the pace of the manifest keeps what its source systems let pass, and whether its bounds make sense."""
    if manifest.freshness_target_s < manifest.interval_s:
        fix = "Look oftener, or promise less."
        what = f"A look every {manifest.interval_s:g} s cannot keep a freshness of {manifest.freshness_target_s} s"
        yield Finding("fault", "freshness_target_s", what, fix)
    for kind, part in manifest.sources.items():
        where = f"sources.{kind}"
        if part.expected.most is None:
            yield Finding("remark", where, "No expected volume", "Give expected = { least = …, most = … }.")
        elif part.expected.most < part.expected.least:
            yield Finding("fault", where, "expected.most is less than expected.least", "Turn them round.")
        yield from _pace(manifest, part, where)


def _pace(manifest: Manifest, part: SourcePart, where: str) -> Iterator[Finding]:
    if _on_this_machine(part):
        return
    interval = float(dict(part.options.get("manners") or {}).get("interval_s", 0.5))
    burst = int(dict(part.options.get("manners") or {}).get("burst", 1))
    for known in LIMITS.get(part.reader, ()):
        asked = _questions(manifest, part, known)
        most = known.questions + 1 if interval == 0 else int(known.seconds / interval) + burst
        if most > known.questions and known.seconds < 3_600:
            what = (
                f"manners let {'any number' if interval == 0 else most} questions pass in {known.seconds} s"
            )
            keeps = known.seconds / known.questions
            fix = f"{part.reader} lets {known.questions} pass; interval_s = {keeps:g} keeps it."
            yield Finding("fault", f"{where}.options.manners", what, fix)
        if asked > known.questions:
            what = f"About {asked:.0f} questions in {known.seconds} s, at {part.expected.most} rows a look"
            fix = f"{part.reader} lets {known.questions} pass; look every {_needed(manifest, asked, known):.0f} s."
            yield Finding("fault", f"{where}, interval_s", what, fix)


def _questions(manifest: Manifest, part: SourcePart, known: Known) -> float:
    pages = -(-(part.expected.most or known.rows) // known.rows)
    return pages * ROUNDS * known.seconds / manifest.interval_s


def _needed(manifest: Manifest, asked: float, known: Known) -> float:
    return manifest.interval_s * asked / known.questions


def _on_this_machine(part: SourcePart) -> bool:
    address = str(part.options.get("url", ""))
    return any(mark in address for mark in ("//127.0.0.1", "//localhost", "//[::1]"))


def dry(manifest: Manifest, mappers: Mapping[str, Mapper], clock: Callable[[], int]) -> Iterator[Finding]:
    """Connect to every source, read its beginning and map it; nothing is published."""
    for kind, part in manifest.sources.items():
        where = f"sources.{kind} ({part.reader})"
        try:
            source = part.open()
        except Stop as fault:
            yield Finding("fault", where, fault.what, fault.fix)
            continue
        words, brake, expected = manifest.words, manifest.brake_of(kind), part.expected
        job = Job(kind, part.reader, source, mappers[kind], words, brake, expected)
        try:
            yield from _begun(job, Writer(manifest.hub, manifest.sample, 1, {}), where, clock)
        finally:
            source.close()


def _begun(job: Job, writer: Writer, where: str, clock: Callable[[], int]) -> Iterator[Finding]:
    """The first page of a source that has rows, or why there is none."""
    look = job.source.look(None, clock)
    try:
        page = next((one for one in look if one.rows or one.faulty), None)
        if page is None:
            verdict = look.verdict
            level: Level = "fault" if verdict.state == "failing" else "remark"
            fix = "Is the address right, and may this program read it?"
            yield Finding(level, where, "; ".join(verdict.reasons) or "it shows no rows", fix)
            return
    finally:
        look.close()
    rows = page.rows[:FIRST_ROWS]
    read = Translator(job.kind, job.mapper, job.words, writer)(rows, {})
    yield Finding(
        "good",
        where,
        f"answers; {len(read.good)} of its first {len(rows) + len(page.faulty)} rows can be used",
    )
    for faulty in (*page.faulty, *read.bad)[:SHOWN]:
        yield Finding("remark", f"{where}, {faulty.place}", faulty.reject.what, faulty.reject.fix)
    tags = sorted({tag for one in read.good.values() for tag in one.statement.unassigned})
    if tags:
        what = f"{len(tags)} tags stand for nothing: {', '.join(tags[:10])}"
        yield Finding(
            "remark", where, what, "Say in [tags] what they stand for; until then they are not assigned."
        )
