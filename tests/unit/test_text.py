"""Names made comparable without making two organisations one; texts made plain without losing words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Erasmus Universiteit", "Erasmus MC"),
        ("Erasmus University", "Erasmus MC"),
        ("Universiteit Leiden", "Hogeschool Leiden"),
        ("Universiteit van Amsterdam", "Hogeschool van Amsterdam"),
        ("Gemeente Utrecht", "Provincie Utrecht"),
        ("AI-hub Noord-Holland", "AI-hub Noord-Brabant"),
    ],
)
def test_two_organisations_stay_two(one: str, other: str) -> None:
    """A word is never dropped for being common."""
    assert text.normalise(one) != text.normalise(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Provincie Fryslân", "Provincie Friesland"),
        ("FRYSLAN", "Fryslân"),
        ("Voorbeeld B.V.", "voorbeeld bv"),
        ("Stichting Voorbeeld", "Voorbeeld"),
        ("Onderzoek & Advies", "Onderzoek en Advies"),
        ("Financiële Diensten", "FINANCIELE DIENSTEN"),
        ("De Haagse Hogeschool", "Haagse  Hogeschool"),
        ("Caf\u00e9 Voorbeeld", "Cafe\u0301 Voorbeeld"),
        ("Voor\u00adbeeld", "Voorbeeld"),
    ],
)
def test_ways_of_writing_one_name_are_one(one: str, other: str) -> None:
    """Case, accents, legal form, article, ampersand and invisible signs do not count."""
    assert text.normalise(one) == text.normalise(other)


def test_a_name_of_legal_forms_alone_is_kept() -> None:
    """Nothing would be left, and nothing equals everything."""
    assert text.normalise("De Stichting") == "de stichting"


@given(st.text(max_size=60))
def test_tidying_twice_changes_nothing(raw: str) -> None:
    """It gives a final form, of any signs."""
    once = text.tidy(raw)
    assert text.tidy(once) == once


@given(st.text(st.characters(max_codepoint=0x24F), max_size=60))
def test_folding_twice_changes_nothing(raw: str) -> None:
    """It gives a final form, of the signs that names in Latin script are written with."""
    assert text.folded(text.folded(raw)) == text.folded(raw)


def test_html_becomes_lines_without_scripts() -> None:
    """Blocks on their own lines, entities read once, scripts and styles gone."""
    html = "<p>E&eacute;n &amp;lt;</p><script>kwaad()</script><ul><li>twee</li><li>drie</li></ul>"
    assert text.plain(html) == "Eén &lt;\ntwee\ndrie"


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("prijs <p50 en verder", "prijs <p50 en verder"),
        ("<b>tot</b> 5 < 6 en a<b", "tot 5 < 6 en a<b"),
        ("<p>een<p>twee<BR>drie<br/>vier</P>", "een\ntwee\ndrie\nvier"),
        ("een<template>weg</template><noscript>weg</noscript><svg><text>weg</text></svg> twee", "een twee"),
        ("een<!-- weg --><?php weg ?> twee", "een twee"),
        ("<table><tr><td>een</td></tr><tr><td>twee</td></tr></table>", "een\ntwee"),
        ("<p>\0een\ud800</p>", "een?"),
        ("<!-- weg -->", ""),
        ("<html><body><p>een</p></body></html>\n<p>twee", "een\ntwee"),
        ("&#150; &hellip; &amp;amp; <i>&lt;b&gt;</i>", "\u2013 … &amp; <b>"),
    ],
)
def test_html_as_it_comes(html: str, said: str) -> None:
    """Unclosed, twice encoded, cut off: what a reader would see, and no word less."""
    assert text.plain(html) == said


@pytest.mark.parametrize("tag", ["div", "b", "table", "p", "svg"])
def test_hostile_nesting_ends(tag: str) -> None:
    """Beyond any depth that a page has, what lies deeper may be lost, never the time of a look."""
    assert len(text.plain(f"een <{tag}>" * 30_000)) < text.LONGEST_HTML


def test_an_endless_text_is_bounded() -> None:
    """What is read of HTML has an end, and shortening ends in an ellipsis at a space."""
    assert len(text.plain("a" * (text.LONGEST_HTML + 10))) == text.LONGEST_HTML
    assert text.shorten("een twee drie vier", 14) == "een twee…"
    assert text.shorten("kort", 14) == "kort"
    assert len(text.shorten("x" * 50, 10)) == 10
