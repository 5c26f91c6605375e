"""Journeys of a newcomer, a steward and an operator in a real browser, by keyboard, and what axe finds on the way."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from schemas.settings import Settings
from streams.view.access import INVITATION, STEWARD
from streams.view.keyring import Keyring
from streams.view.materialise import wall_ms
from tests.browser.test_desk import HOUR_MS, presses, shows
from tests.support.chromium import Browser
from tests.support.view_world import HUB, NOON, Running, World, fresh, giver, project
from tests.support.waiting import auntil

pytestmark = pytest.mark.broker
AXE = Path(__file__).parent / "axe" / "axe.min.js"
OPEN = (
    "/",
    "/?lang=en",
    "/overview",
    "/areas",
    "/areas/haven-en-maritiem",
    "/dimensions/infrastructuur",
    f"/hubs/{HUB}",
    "/hubs/limburg",
    f"/hubs/{HUB}/unconfirmed",
    "/projects",
    "/projects?q=haven&area=defensie",
    "/events",
    "/memberships",
    "/organisations",
    "/projects/p-a",
    "/why/p-a",
    "/conflicts",
    "/labs",
    "/changes",
    "/report",
    f"/report?hub={HUB}",
    "/report?hub=nergens",
    "/embed/projects?area=haven-en-maritiem",
    "/embed/projects?area=nergens",
    "/nothing",
    "/sign-in",
    "/sign-in/abc",
)
DESK = (
    "/desk",
    "/desk?q=haven",
    "/desk/compare?id=p-a&id=p-b",
    "/desk/field?id=p-a&field=areas",
)
BOTH = ("/", "/areas/haven-en-maritiem", f"/hubs/{HUB}", "/projects/p-a", DESK[2])
WIDE, PHONE = (1280, False), (390, True)
"""A desk in light, and a phone in dark."""
RUN_AXE = """
axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(
  (found) => found.violations.map((one) => `${one.id}: ${one.nodes.map((n) => n.html.slice(0, 150)).join(" / ")}`))
"""


@pytest.fixture
async def world(broker: Settings, tmp_path: Path) -> AsyncIterator[World]:
    """Two projects that look alike, about one of which two hubs disagree."""
    made = fresh(broker, tmp_path)
    for source_id, revision in (("a", 1), ("b", 2)):
        made.regional(source_id, revision)
    money = [{"funder": "Provincie Zuid-Holland", "award": None, "stream": None, "amount_eur": 250_000}]
    found = project("Slimme haven", areas=["haven-en-maritiem"], instruments=["pilots"], funding=money)
    found |= {"link": "https://example.org/slimme-haven"}
    givers = [giver("a", 1, "Slimme haven"), giver("z", 1, "Slimme haven") | {"hub": "limburg"}]
    origin = {"field": "link", "hub": HUB, "source_kind": "project", "source_id": "a", "changed_at": NOON}
    losing = [{"hub": "limburg", "source_id": "z", "value": '"https://example.org/ander"'}]
    origins = [origin | {"field": "*", "rule": "only", "losing": []}]
    origins.append(origin | {"rule": "most-recent", "losing": losing})
    made.national("p-a", {}, content=found, contributions=givers, origins=origins)
    made.national("p-b", {"b": 2}, content=project("Slimme haven", areas=["defensie"]))
    made.checked(finished_at=wall_ms(), interval_s=600, freshness_target_s=600)
    made.progress()
    yield made
    made.close()


async def faults(browser: Browser) -> list[str]:
    """What axe finds wrong with the page."""
    await browser.evaluate(AXE.read_text(encoding="utf-8"))
    found = await browser.evaluate(RUN_AXE)
    assert isinstance(found, list), found
    return found


async def picture(browser: Browser, name: str) -> None:
    """Keep a picture where who compares them by eye asked for it (see README.md)."""
    if folder := os.environ.get("PICTURES"):
        await browser.picture(Path(folder) / f"{name}.png")


async def goes(browser: Browser, address: str) -> None:
    """Tab to the link with this address, and press Enter; no mouse."""
    ask = "document.activeElement.getAttribute('href')"
    for _ in range(120):
        await browser.press("Tab")
        if await browser.evaluate(ask) == address:
            break
    assert await browser.evaluate(ask) == address
    assert await browser.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    await browser.press("Enter")

    async def there() -> bool:
        at = json.dumps(address)
        return bool(
            await browser.evaluate(
                f"location.pathname + location.search + location.hash === {at} && document.readyState === 'complete'"
            )
        )

    await auntil(there, 20, f"{address} is shown")


async def test_axe_finds_nothing_on_any_kind_of_page(world: World, tmp_path: Path) -> None:
    """Not one violation, wide in light or on a phone in dark or both, the desk and signing in included."""
    _, code = Keyring(world.settings.data, wall_ms).issue(INVITATION, STEWARD, "redactie", HOUR_MS)
    async with Running(world.settings) as view, Browser(tmp_path / "browser") as browser:
        await view.reaches("proven")
        wrong = {}
        for number, path in enumerate((*OPEN, *DESK)):
            if path == DESK[0]:
                await browser.visit(f"{view.base}/sign-in/{code}?lang=nl")
                await presses(browser, "Aanmelden", {})
                await shows(browser, "Aangemeld als redactie")
            for width, dark in (WIDE, PHONE) if path in BOTH else ((WIDE, PHONE)[number % 2],):
                await browser.visit(view.base + path, width, dark)
                assert await browser.evaluate("document.documentElement.scrollWidth") <= width, path
                if found := await faults(browser):
                    wrong[f"{path} at {width}"] = found
                name = path.strip("/").replace("/", "-").replace("?", "-").replace("&", "-") or "front"
                await picture(browser, f"all/{name}-{width}")
        assert wrong == {}


async def test_a_newcomer_finds_a_hub_its_area_and_a_project_by_keyboard(
    world: World, tmp_path: Path
) -> None:
    """From the map to the hub, to a working area, to a project and its origin, without a mouse."""
    async with Running(world.settings) as view, Browser(tmp_path / "browser") as browser:
        await view.reaches("proven")
        await browser.visit(f"{view.base}/", 390)
        painted = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"

        async def drawn() -> bool:
            return await browser.evaluate(painted) is not None

        await auntil(drawn, 10, "the front page is painted")
        print(f"first paint of the front page: {await browser.evaluate(painted):.0f} ms")
        await browser.press("Tab")
        assert await browser.evaluate("document.activeElement.className") == "skip"
        await picture(browser, "newcomer-1-front")
        await goes(browser, f"/hubs/{HUB}")
        await picture(browser, "newcomer-2-hub")
        await goes(browser, "/areas/haven-en-maritiem")
        await picture(browser, "newcomer-3-area")
        await goes(browser, "/projects/p-a")
        assert await browser.evaluate("document.querySelector('main').innerText.includes('most-recent')")
        await picture(browser, "newcomer-4-record")
        assert browser.complaints == []


async def test_a_steward_sees_candidates_side_by_side_and_decides(world: World, tmp_path: Path) -> None:
    """Sign in, compare, preview, decide."""
    _, code = Keyring(world.settings.data, wall_ms).issue(INVITATION, STEWARD, "redactie", HOUR_MS)
    async with Running(world.settings) as view, Browser(tmp_path / "browser") as browser:
        await view.reaches("proven")
        await browser.visit(f"{view.base}/sign-in/{code}", dark=True)
        await presses(browser, "Aanmelden", {})
        await shows(browser, "Aangemeld als redactie")
        await browser.visit(f"{view.base}/desk/compare?id=p-a&id=p-b", dark=True)
        await picture(browser, "steward-1-compare")
        await presses(browser, "Eén ding", {"reason": "Hetzelfde project"})
        await shows(browser, "verwijst door naar")
        await picture(browser, "steward-2-preview")
        await presses(browser, "Besluit dit", {})
        await shows(browser, "Neem terug")
        assert browser.complaints == []


async def test_an_operator_follows_a_contradiction_from_the_hub(world: World, tmp_path: Path) -> None:
    """From the state of a hub to what it contradicts, and back to the record and the figures."""
    async with Running(world.settings) as view, Browser(tmp_path / "browser") as browser:
        await view.reaches("proven")
        await browser.visit(f"{view.base}/hubs/{HUB}")
        await picture(browser, "operator-1-hub")
        await goes(browser, f"/conflicts?hub={HUB}")
        await picture(browser, "operator-2-conflicts")
        await goes(browser, "/overview")
        await goes(browser, "/changes")
        await shows(browser, "meldt een nieuw")
        await picture(browser, "operator-3-changes")
        assert browser.complaints == []
