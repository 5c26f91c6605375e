"""Which rows of a source are taken, where the source itself cannot be asked for less.

Around any reader, by the manifest's `only`: field -> words, one of which it must say. What is left out is counted
and never mapped; a record that was published and has left the selection is gone, and the evidence says why.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from connectors.sources.rows import AsksAlso, Clock, Evidence, Look, LookState, Page, Row, Source, Verdict

Only = Mapping[str, Sequence[str]]


class Selected:
    """A reader that shows the selected rows alone."""

    def __init__(self, source: Source, only: Only) -> None:
        self._source = source
        self._only = {field: {word.casefold() for word in words} for field, words in only.items()}
        self._left: set[str] = set()

    def look(self, previous: LookState | None, clock: Clock) -> Look:
        """Read as the reader does, without what is not selected."""
        self._left.clear()
        return Look(self._pages(self._source.look(previous, clock)))

    def confirm(self, source_ids: Iterable[str], clock: Clock) -> dict[str, Evidence]:
        """What the last look left out is gone from here; of the rest the source is asked."""
        asked = list(source_ids)
        how = f"left the selection of the manifest: {', '.join(sorted(self._only))}"
        left = Evidence("gone", how, "deselected")
        found = {one: left for one in asked if one in self._left}
        rest = [one for one in asked if one not in found]
        return found | (self._source.confirm(rest, clock) if rest else {})

    def ask_also(self, named: Mapping[str, bool]) -> None:
        """What the reader can ask for by itself."""
        if isinstance(self._source, AsksAlso):
            self._source.ask_also(named)

    def close(self) -> None:
        """Let go of connections."""
        self._source.close()

    def _pages(self, look: Look) -> Generator[Page, None, Verdict]:
        try:
            for page in look:
                rows = [row for row in page.rows if self._takes(row)]
                kept = {row.source_id for row in rows}
                left = [row.source_id for row in page.rows if row.source_id not in kept]
                self._left.update(left)
                self._left -= kept
                yield replace(page, rows=rows, left_out=page.left_out + len(left))
            return look.verdict
        finally:
            look.close()

    def _takes(self, row: Row) -> bool:
        return all(
            any(said.casefold() in words for said in words_at(row.fields, field.split(".")))
            for field, words in self._only.items()
        )


def words_at(value: Any, way: Sequence[str]) -> Iterator[str]:
    """What a field says, reached by dotted names through objects and lists; of objects in a list their `name`."""
    if isinstance(value, (list, tuple)):
        for one in value:
            yield from words_at(one, way)
    elif way and isinstance(value, Mapping):
        yield from words_at(value.get(way[0]), way[1:])
    elif isinstance(value, Mapping):
        yield from words_at(value.get("name"), ())
    elif not way and value is not None:
        yield str(value).strip()
