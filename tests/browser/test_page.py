"""The page in a real browser: it updates itself, fits a phone, and breaks no rule of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from schemas.settings import Settings
from tests.support.chromium import Browser
from tests.support.view_world import HUB, NOON, Running, World, fresh, giver, project
from tests.support.waiting import auntil

pytestmark = pytest.mark.broker
PATHS = ("/", "/overview", "/projects", "/projects/p-a", "/why/p-a", "/conflicts")
CONTRAST = """
(() => {
  const light = (rgb) => {
    const part = rgb.match(/[0-9.]+/g).slice(0, 3).map((n) => n / 255);
    const linear = part.map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const found = getComputedStyle(at).backgroundColor;
      if (found !== "rgba(0, 0, 0, 0)") return found;
    }
    return "rgb(255, 255, 255)";
  };
  const texts = [...document.querySelectorAll("body *")].filter((node) =>
    node.offsetParent && [...node.childNodes].some((one) => one.nodeType === 3 && one.textContent.trim()));
  return Math.min(...texts.map((node) => {
    const [a, b] = [light(getComputedStyle(node).color), light(behind(node))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }));
})()
"""


@pytest.fixture
async def world(broker: Settings, tmp_path: Path) -> AsyncIterator[World]:
    """One proven project with a title that is long on purpose, about which two hubs disagree."""
    made = fresh(broker, tmp_path)
    made.regional("a", 1)
    long_word = "Gezondheidszorginnovatieprogrammacoördinatie"
    address = "https://example.org/" + "x" * 90
    givers = [giver("a", 1, "Slimme haven"), giver("z", 1, "Slimme haven") | {"hub": "limburg"}]
    origin = {"field": "link", "hub": HUB, "source_kind": "project", "source_id": "a", "changed_at": NOON}
    other = [{"hub": "limburg", "source_id": "z", "value": f'"{address}"'}]
    made.national(
        "p-a",
        {},
        content=project(f"{long_word} {long_word}", link=address),
        contributions=givers,
        origins=[origin | {"rule": "most-recent", "losing": other}],
    )
    made.checked()
    made.progress()
    yield made
    made.close()


async def test_the_page_updates_itself(world: World, tmp_path: Path) -> None:
    """A new project appears without anyone touching the page, and nothing is written to the console."""
    async with Running(world.settings) as view, Browser(tmp_path / "browser") as browser:
        await view.reaches("proven")
        await browser.visit(f"{view.base}/")
        assert await browser.evaluate(f"document.querySelector('#hub-{HUB} .proven') !== null")
        world.national("p-new", {"n": 1}, title="Live bijgewerkt")

        async def shown() -> bool:
            return bool(await browser.evaluate("document.body.innerText.includes('Live bijgewerkt')"))

        await auntil(shown, 15, "the new project is on the page")
        assert browser.complaints == []


@pytest.mark.parametrize("width", [360, 1280])
async def test_no_page_is_wider_than_the_screen(world: World, tmp_path: Path, width: int) -> None:
    """On a phone and on a desk nothing has to be scrolled sideways, however long a word or address is."""
    async with Running(world.settings) as view, Browser(tmp_path / "browser") as browser:
        await view.reaches("proven")
        for path in PATHS:
            await browser.visit(view.base + path, width)
            assert await browser.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("dark", [False, True])
async def test_text_stands_out_in_light_and_in_dark(world: World, tmp_path: Path, dark: bool) -> None:
    """Every text has a contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3)."""
    async with Running(world.settings) as view, Browser(tmp_path / "browser") as browser:
        await view.reaches("proven")
        for path in PATHS:
            await browser.visit(view.base + path, dark=dark)
            assert await browser.evaluate(CONTRAST) >= 4.5, path
