"""The files of a new hub as text: manifest, mapping and test, in the form of the house. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.newcomer.fixed import Fixed
from connectors.newcomer.propose import Proposal
from connectors.newcomer.recognise import Found
from schemas.text import shorten

WIDTH: Final = 110
DEFAULTS: Final[Mapping[str, str]] = {"status": "lopend", "role": "deelnemer"}
TEST: Final = '''"""The frozen rows of {name} read as they did.

After a change of mapping or tags: `python test_mapping.py` says what became different, and
`python test_mapping.py --write` takes that as right.
"""

from __future__ import annotations

import sys
from pathlib import Path

from connectors.newcomer import golden

HERE = Path(__file__).parent


def test_the_frozen_rows_read_as_they_did() -> None:
    """Each row gives the statement that stands in golden.json, or is rejected as it says there."""
    assert golden.differences(HERE) == []


if __name__ == "__main__":
    sys.exit(golden.main(HERE, sys.argv[1:]))
'''


@dataclass(frozen=True, slots=True)
class Source:
    """One source of the new hub: what it is, how it reads, what its fields become."""

    kind: str
    found: Found
    options: Mapping[str, Any]
    proposal: Proposal
    fixed: Fixed | None


@dataclass(frozen=True, slots=True)
class Hub:
    """Who the new hub is."""

    hub: str
    nl: str
    en: str
    provinces: Sequence[str] = ()
    pin: tuple[float, float] | None = None
    site: str = ""


def manifest(hub: Hub, sources: Sequence[Source]) -> str:
    """The manifest."""
    pin = (
        f"pin = {{ lat = {hub.pin[0]}, lon = {hub.pin[1]} }}"
        if hub.pin
        else "# pin = { lat = 52.0, lon = 5.9 }"
    )
    lines = [
        f"# {_line(hub.nl)}. What decides where a source is can be given in the environment too, secrets only there:",
        f"#   ZEVEN_HUB_{hub.hub.upper().replace('-', '_')}_<KIND>_<OPTION>",
        "",
        f"hub = {_text(hub.hub)}",
        f"name = {{ nl = {_text(hub.nl)}, en = {_text(hub.en)} }}",
        f"provinces = {_text(list(hub.provinces))}",
        pin,
        f"site = {_text(hub.site)}",
        "confirmed = false  # whether a source names it as one of the seven hubs",
        "sample = true  # marks all of it as voorbeelddata; say false when it is real",
        "interval_s = 300",
        "freshness_target_s = 3600",
        "",
        "[report]",
        '# mail = "…"  # a role mailbox, never a person\'s: it hears what is wrong and how to mend it',
        "",
        "[brake]",
        "share = 0.2",
        "absolute = 50",
        "always = 2",
    ]
    for source in sources:
        lines += ["", *_source(source)]
    return "\n".join([*lines, "", *_tags(sources)]) + "\n"


def _source(source: Source) -> Iterator[str]:
    yield f"# {_line(source.found.why)}"
    yield f"[sources.{source.kind}]"
    yield f"reader = {_text(source.found.reader)}"
    yield "expected = { least = 1, most = 5000 }"
    yield f"[sources.{source.kind}.options]"
    for name in source.found.missing:
        yield f"# {name}: the sample does not tell it; fill it in"
    for name, value in source.options.items():
        yield f"{name} = {_text(value)}"


def _tags(sources: Sequence[Source]) -> Iterator[str]:
    yield "# Words of the hub's own sources (in lower case) and what they stand for nationally. An unknown one is not"
    yield "# assigned; it is counted and shown. Here stand only names and aliases of the national lists."
    yield "[tags]"
    known: dict[str, Mapping[str, Sequence[str]]] = {}
    unknown: dict[str, int] = {}
    for source in sources:
        known |= source.proposal.tags
        for tag, count in source.proposal.unassigned.items():
            unknown[tag.casefold()] = unknown.get(tag.casefold(), 0) + count
    for tag, meaning in sorted(known.items()):
        yield f"{_text(tag)} = {_text(dict(meaning))}"
    for tag, count in sorted(unknown.items(), key=lambda one: (-one[1], one[0])):
        yield f"# {_text(tag)} = {{ areas = [] }}  # {_rows(count)}: not assigned"


def _rows(count: int) -> str:
    return f"{count} rows say it" if count != 1 else "1 row says it"


def _text(value: Any) -> str:
    """A value in TOML: texts and lists are written as in JSON, tables in one line."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(name)} = {_text(said)}" for name, said in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_text, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)


def _line(text: str) -> str:
    """Text for a comment: one line, no control characters."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _said(text: str) -> str:
    """A text in Python, with the quotes of the house."""
    if '"' in text and "'" not in text and "\\" not in text and text.isprintable():
        return f"'{text}'"
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in quoted)


def _words(text: str) -> str:
    """Text for a docstring."""
    return _line(text).replace("\\", "/").replace('"', "'")


def mapping(hub: Hub, sources: Sequence[Source]) -> str:
    """The mapping: a table per kind where the source has fields of its own, a function per kind."""
    title = _words(hub.nl)
    lines = [
        f'"""How rows of the sources of {title} read in the words of the contract. Pure."""',
        "",
        "from __future__ import annotations",
        "",
        "from collections.abc import Mapping",
        "from typing import Final",
        "",
        *_imports(sources),
        "",
    ]
    for source in sources:
        if source.fixed is None:
            lines += [*_table(source), ""]
        elif source.found.reader == "oai":
            lines += [*_CERIF_WORDS, ""]
    for source in sources:
        lines += ["", *_function(source), ""]
    named = ", ".join(f'"{source.kind}": {source.kind}' for source in sources)
    return "\n".join([*lines, "", f"MAPPINGS: Final[Mapping[str, Mapper]] = {{{named}}}"]) + "\n"


_CERIF_WORDS: Final = (
    "STATUSES: Final = KNOWN | {",
    '    "notstarted": "planned",',
    '    "ongoing": "running",',
    '    "active": "running",',
    '    "finished": "completed",',
    '    "ended": "completed",',
    '    "cancelled": "stopped",',
    '    "terminated": "stopped",',
    "}",
    'TYPES: Final = WORDS | {"researchproject": "project", "researchprogramme": "programme"}',
)


def _imports(sources: Sequence[Source]) -> Iterator[str]:
    listed = any(source.fixed is None for source in sources)
    names = {name for source in sources if source.fixed for name in source.fixed.imports} | (
        {"listed"} if listed else set()
    )
    yield f"from connectors.hubs import {', '.join(['Mapper', 'Statement', 'Words', *sorted(names)])}"
    if listed:
        yield "from connectors.hubs.listed import Listed"
    if "cerif" in names:
        yield "from connectors.hubs.statements import choice"
        yield "from connectors.hubs.words import STATUSES as KNOWN"
        yield "from connectors.hubs.words import TYPES as WORDS"
    yield "from connectors.sources import Row"
    if "cerif" in names:
        yield "from schemas.errors import Reject"


def _function(source: Source) -> Iterator[str]:
    yield f"def {source.kind}(row: Row, words: Words) -> Statement:"
    path = str(source.options.get("path", "")).replace("\\", "/").rpartition("/")[2]
    what = f"A row of {path}" if path else f"{_ARTICLE[source.kind]}: {source.found.why}"
    yield f'    """{shorten(_words(what), 90)}."""'
    if source.fixed is not None:
        yield source.fixed.code
    else:
        yield f"    return listed.{source.kind}(row.fields, words, {source.kind.upper()})"


_ARTICLE: Final = {"project": "A project", "event": "An event", "membership": "A membership"}


def _table(source: Source) -> Iterator[str]:
    proposal = source.proposal
    yield f"{source.kind.upper()}: Final = Listed("
    yield "    columns={"
    for part, names in proposal.taken.items():
        yield from _entry(part, names)
    yield "    },"
    yield from _unsure(proposal)
    yield ")"
    unused = [one for one in proposal.fields if not one.part]
    if unused:
        yield "# Fields that become nothing:"
        for one in unused:
            yield f"#   {shorten(_line(one.field), 50)}: {shorten(_line(one.why), 55)}"


def _unsure(proposal: Proposal) -> Iterator[str]:
    """What the hub may have to say itself, as lines to fill in."""
    absent = proposal.lacking
    if absent:
        yield "    defaults={"
        for part in absent:
            example = DEFAULTS.get(part, "…")
            yield f'        # "{part}": "{example}",  # no field says it, and without it every row is rejected'
        yield "    },"
    if proposal.unknown:
        yield "    words={"
        for part, words in proposal.unknown.items():
            yield f'        "{part}": {{'
            for word, count in words.items():
                yield f'            # {_said(_line(word).casefold())}: "…",  # {_rows(count)}'
            yield "        },"
        yield "    },"
    if proposal.decimal != ",":
        yield f'    decimal="{proposal.decimal}",'


def _entry(part: str, names: Sequence[str]) -> Iterator[str]:
    several = part in ("tags", "partners") and len(names) > 1
    value = f"({', '.join(map(_said, names))})" if several else _said(names[0])
    line = f'        "{part}": {value},'
    if len(line) <= WIDTH or not several:
        yield line
        return
    yield f'        "{part}": ('
    for name in names:
        yield f"            {_said(name)},"
    yield "        ),"


def test(hub: Hub) -> str:
    """The golden test."""
    return TEST.format(name=_words(hub.nl))
