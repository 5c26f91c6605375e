"""Bodies as they come through a door, changed in form without knowing their source: JSON, JSON-LD in pages, XML,
iCalendar, CSV. Pure.

A row is the innermost object, element, component or line that holds the mark of an item.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from connectors.conformance.bench import mark, marks

PLACEHOLDER: Final = "zvHOSTILEzv"
UNTOUCHED: Final = 1
"""The item whose row stays as it is, so that the list is never without any row."""
_NEW: Final = "zv_nieuw_veld"
_RETYPED: Final = (12345, ["zv"], {"zv": 1}, None, True)
_BLOCKS: Final = re.compile(
    r"BEGIN:VEVENT\r?\n.*?END:VEVENT\r?\n|<item\b.*?</item>|<entry\b.*?</entry>|<record\b.*?</record>",
    re.DOTALL,
)
_LD: Final = re.compile(r'(<script type="application/ld\+json">)(.*?)(</script>)', re.DOTALL)
_TAG: Final = re.compile(r"<(?!/|\?|!)([\w.:-]+)")
_PROPERTY: Final = re.compile(r"^([A-Z][A-Z-]*)(?=[:;])", re.MULTILINE)
_STRUCTURE: Final = {"BEGIN", "END", "VERSION", "PRODID"}
HOSTILE: Final = {
    "huge text": "a" * 300_000,
    "NUL": r"\u0000",
    "half of a surrogate pair": r"x\ud800y",
    "the other half first": r"\udfff\ud83d",
    "turned text": "\u202eegassem\u202c \u2066x",
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "a formula": "=HYPERLINK(1,2)",
    "script": "&lt;script&gt;alert(1)&lt;/script&gt;",
    "emoji": "\U0001f469\u200d\U0001f52c\U0001f3f4\U000e0067\U000e0062",
    "a number without end": "1" + "0" * 400,
    "no number": "NaN Infinity -0",
    "days that are none": "0000-00-00 10000-01-01 2023-02-30",
    "SQL": "Robert'); DROP TABLE record;--",
    "paths": "../../etc/passwd %00 file:///etc/passwd",
    "combining marks": "Z" + "\u0335" * 500,
}
"""Texts that go where a title goes; escapes are those of JSON, and plain text elsewhere."""
Json = Any


def is_json(kind: str) -> bool:
    """Whether a body of this content type or suffix is JSON."""
    return "json" in kind.lower()


def text_of(body: bytes) -> str | None:
    """The text of a body; None for a workbook and the like."""
    return None if body[:2] == b"PK" else body.decode("utf-8", "surrogateescape")


def bytes_of(text: str) -> bytes:
    """The opposite."""
    return text.encode("utf-8", "surrogateescape")


def rows(document: Json) -> Iterator[tuple[list[Json], int]]:
    """The rows of a JSON document: lists with the place of an object that alone holds a mark."""
    if isinstance(document, list):
        for at, one in enumerate(document):
            if isinstance(one, dict) and len(marks(json.dumps(one))) == 1:
                yield document, at
            else:
                yield from rows(one)
    elif isinstance(document, dict):
        for one in document.values():
            yield from rows(one)


class Drift:
    """The field with this number, in the order of the first row, is added, removed, renamed or retyped in all rows."""

    def __init__(self, how: str, number: int) -> None:
        self.how, self._number, self.field = how, number, ""

    def __call__(self, body: bytes, kind: str) -> bytes:
        """The body with that field changed; `field` is its name, empty when there are not so many."""
        text = text_of(body)
        if text is None:
            return body
        if is_json(kind):
            return self._json(body)
        if "html" in kind:
            return bytes_of(_LD.sub(self._block, text))
        if "calendar" in kind or ".ics" in kind:
            return bytes_of(self._renamed(text, _PROPERTY, "X-ZV:1\r\nEND:VEVENT", "END:VEVENT"))
        if "xml" in kind:
            return bytes_of(self._tags(text))
        return bytes_of(self._csv(text))

    def _json(self, body: bytes) -> bytes:
        try:
            document = json.loads(body)
        except ValueError:
            return body
        self._rows(document)
        return json.dumps(document).encode()

    def _block(self, found: re.Match[str]) -> str:
        """A block of JSON-LD in a page."""
        document = json.loads(found[2])
        self._rows(document.get("@graph", [document]))
        return found[1] + json.dumps(document) + found[3]

    def _rows(self, document: Json) -> None:
        for list_, at in list(rows(document)):
            if UNTOUCHED not in marks(json.dumps(list_[at])) or self.how == "added":
                self._object(list_[at])

    def _object(self, row: dict[str, Any]) -> None:
        if self.how == "added":
            if self._number == 0:
                row[_NEW] = {"zv": [1, "twee"]}
                self.field = _NEW
            return
        paths = [(row, name) for name in row]
        paths += [(one, name) for one in row.values() if isinstance(one, dict) for name in one]
        if self._number >= len(paths):
            return
        holder, name = paths[self._number]
        self.field = self.field or name
        value = holder.pop(name)
        if self.how == "renamed":
            holder[f"{name}_oud"] = value
        elif self.how == "retyped":
            others = [one for one in _RETYPED if type(one) is not type(value)]
            holder[name] = others[self._number % len(others)]

    def _renamed(self, text: str, pattern: re.Pattern[str], added: str, before: str) -> str:
        if self.how == "added":
            self.field = _NEW if self._number == 0 else ""
            return text.replace(before, added) if self.field else text
        blocks = _BLOCKS.findall(text)
        names = [one for one in dict.fromkeys(pattern.findall("".join(blocks))) if one not in _STRUCTURE]
        if self._number >= len(names):
            return text
        name = self.field = names[self._number]
        line = re.compile(rf"^{re.escape(name)}(?=[:;])(.*(?:\r?\n[ \t].*)*\r?\n)", re.MULTILINE)
        new = {"removed": "", "renamed": rf"X-OUD-{name}\1", "retyped": f"{name}:12345\r\n"}[self.how]

        def changed(block: re.Match[str]) -> str:
            return block.group() if UNTOUCHED in marks(block.group()) else line.sub(new, block.group())

        return _BLOCKS.sub(changed, text)

    def _tags(self, text: str) -> str:
        blocks = _BLOCKS.findall(text)
        if self.how == "added":
            self.field = _NEW if self._number == 0 else ""
            return re.sub(r"</(item|entry)>", r"<zv>nieuw</zv></\1>", text) if self.field else text
        names = list(dict.fromkeys(_TAG.findall("".join(blocks))))[1:]
        if self._number >= len(names):
            return text
        name = self.field = names[self._number]
        whole = re.compile(rf"<{re.escape(name)}\b[^>]*?(?:/>|>.*?</{re.escape(name)}>)", re.DOTALL)
        tag = re.compile(rf"(</?){re.escape(name)}\b")

        def changed(block: re.Match[str]) -> str:
            if UNTOUCHED in marks(block.group()):
                return block.group()
            if self.how == "renamed":
                return tag.sub(rf"\g<1>{name}Oud", block.group())
            new = "" if self.how == "removed" else f"<{name}>12345</{name}>"
            return whole.sub(new, block.group())

        return _BLOCKS.sub(changed, text)

    def _csv(self, text: str) -> str:
        lines = text.splitlines(keepends=True)
        head = next((at for at, line in enumerate(lines) if max(line.count(";"), line.count(",")) > 2), 0)
        if not lines:
            return text
        sign = ";" if lines[head].count(";") > lines[head].count(",") else ","
        cells = lines[head].rstrip("\r\n").split(sign)
        if self.how == "added":
            self.field = _NEW if self._number == 0 else ""
            ends = [
                line.rstrip("\r\n") + sign + ("nieuw" if at > head else _NEW) + "\r\n"
                for at, line in enumerate(lines)
            ]
            return "".join(lines[:head] + ends[head:]) if self.field else text
        if self._number >= len(cells):
            return text
        self.field = cells[self._number]
        cells[self._number] = {"removed": "", "renamed": f"{self.field} oud", "retyped": f"Zv{self._number}"}[
            self.how
        ]
        lines[head] = sign.join(cells) + "\r\n"
        return "".join(lines)


Rewritten = Callable[[bytes, str], bytes]


def doubled(body: bytes, kind: str, number: int, *, stale: bool) -> bytes:
    """The row of an item twice; with `stale` the first of the two is its version before."""
    text = text_of(body)
    if text is None:
        return body
    if is_json(kind):
        try:
            document = json.loads(body)
        except ValueError:
            return body
        for list_, at in [one for one in rows(document) if number in marks(json.dumps(one[0][one[1]]))]:
            list_.insert(at, _older(copy.deepcopy(list_[at]), number) if stale else copy.deepcopy(list_[at]))
        return json.dumps(document).encode()
    if stale and "calendar" in kind:
        return body

    def twice(found: re.Match[str]) -> str:
        block = found.group()
        if number not in marks(block):
            return block
        return (_older_text(block, number) if stale else block) + block

    if _BLOCKS.search(text):
        return bytes_of(_BLOCKS.sub(twice, text))
    return bytes_of(re.sub(r"^.+\r?\n", twice, text, flags=re.MULTILINE))


def _older(row: Json, number: int) -> Json:
    return json.loads(_older_text(json.dumps(row), number))


def _older_text(text: str, number: int) -> str:
    version = marks(text)[number]
    return text.replace(mark(number, version), mark(number, version - 1))


def poisoned(body: bytes, kind: str, number: int, raw: str) -> bytes:
    """A hostile text where the placeholder stands in the row of an item; elsewhere an ordinary one."""
    text = text_of(body)
    if text is None:
        return body
    said = re.compile(rf"(zv{number}r\d+z )zv[^z]*?zv")
    raw = json.dumps(raw)[1:-1].replace("\\\\u", "\\u") if is_json(kind) else raw
    text = said.sub(lambda found: found.group(1) + raw, text)
    return bytes_of(text.replace(PLACEHOLDER, "gewoon"))
