"""A list in pages that changes while it is read: what is given last of an id is what the source showed last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.sources import Row
from connectors.sources.paging import Listed, Pager, plain_id
from schemas.errors import Reject

PER_PAGE = 2


def lists(*titles: str) -> st.SearchStrategy[list[tuple[int, str]]]:
    """Lists of ids, of which some come twice, with one of these titles."""
    return st.lists(st.tuples(st.integers(1, 3), st.sampled_from(titles)), min_size=1, max_size=4)


class Site:
    """Shows the next of these lists with every answer, and the last from then on; remembers what it showed."""

    def __init__(self, shown: list[list[tuple[int, str]]]) -> None:
        self._lists, self._asked = shown, 0
        self.shown: dict[str, str] = {}

    def page(self, number: int, validators: Mapping[str, str]) -> Listed:
        del validators
        current = self._lists[min(self._asked, len(self._lists) - 1)]
        self._asked += 1
        part = current[(number - 1) * PER_PAGE : number * PER_PAGE]
        self.shown |= {str(ident): title for ident, title in part}
        items = [{"id": ident, "title": title} for ident, title in part]
        return Listed(items, total=len(current), pages=-(-len(current) // PER_PAGE))


def row(item: Any, place: str) -> Row:
    if item["title"] == "faulty":
        raise Reject("A faulty title", where=place)
    return Row(str(item["id"]), item, place, "")


def looked(site: Site) -> tuple[dict[str, str], int, bool]:
    """What was given last of each id, how many rows, and whether the look is complete."""
    pages = Pager(site.page, row, plain_id, per_page=PER_PAGE, may_be_empty=False).pages(None)
    found: dict[str, str] = {}
    count = 0
    while True:
        try:
            page = next(pages)
        except StopIteration as done:
            return found, count, done.value.complete
        count += len(page.rows) + len(page.faulty)
        found |= {one.source_id: str(one.fields["title"]) for one in page.rows}
        found |= {str(one.source_id): "faulty" for one in page.faulty}


@example(
    [(1, "a"), (2, "a"), (3, "a")],
    [(3, "b"), (2, "a"), (2, "a")],
    [True, True, False, False, True, True, False, True],
)
@settings(max_examples=2_000)
@given(lists("a", "b"), lists("a", "b"), st.lists(st.booleans(), min_size=1, max_size=8))
def test_what_is_given_last_of_an_id_is_what_was_shown_last(
    one: list[tuple[int, str]], other: list[tuple[int, str]], turns: list[bool]
) -> None:
    site = Site([one if turn else other for turn in turns])
    found, _, _ = looked(site)
    assert found == site.shown


@given(lists("a", "faulty").filter(lambda rows: len({ident for ident, _ in rows}) == len(rows)))
def test_a_list_that_rests_is_given_once(rows: list[tuple[int, str]]) -> None:
    found, count, complete = looked(Site([rows]))
    assert complete
    assert found == {str(ident): title for ident, title in rows}
    assert count == len(rows)
