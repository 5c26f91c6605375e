"""What a source is not asked for can still be counted, by its own totals."""

from __future__ import annotations

from connectors.sources import Counting, open_source
from tests.support.sample import QUICK, now
from tests.support.site import Site, say


def test_wordpress_says_how_many_posts_the_query_leaves_out(site: Site) -> None:
    site.reply = lambda to, _: say(to, 200, b"[]", X_WP_Total="7" if "categories=3" in to.path else "40")
    options = {"url": site.url, "manners": QUICK}

    narrow, wide = (
        open_source("wordpress", options | {"query": {"categories": "3"}}),
        open_source("wordpress", options),
    )

    assert isinstance(narrow, Counting)
    assert narrow.outside(now) == 33
    assert isinstance(wide, Counting)
    assert wide.outside(now) == 0
    assert len(site.asked) == 2


def test_the_events_calendar_is_asked_for_the_selected_categories_only(site: Site) -> None:
    site.reply = lambda to, _: say(
        to, 200, b'{"events": [], "total": %d}' % (5 if "categories=ai" in to.path else 12)
    )
    source = open_source(
        "tec", {"url": site.url, "categories": ["ai", "data"], "tags": ["hub"], "manners": QUICK}
    )

    list(source.look(None, now))

    assert "categories=ai%2Cdata&tags=hub" in site.asked[0][0]
    assert isinstance(source, Counting)
    assert source.outside(now) == 7


def test_a_source_without_totals_does_not_pretend(site: Site) -> None:
    site.reply = lambda to, _: say(to, 200, b"[]")
    source = open_source("wordpress", {"url": site.url, "query": {"categories": "3"}, "manners": QUICK})

    assert isinstance(source, Counting)
    assert source.outside(now) is None
