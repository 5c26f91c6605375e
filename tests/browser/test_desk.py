"""The steward's desk in a real browser: its forms are sent, its pages fit a phone and stand out in light and dark."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from schemas.settings import Settings
from streams.view.access import INVITATION, STEWARD
from streams.view.keyring import Keyring
from streams.view.materialise import wall_ms
from tests.browser.test_page import CONTRAST
from tests.support.chromium import Browser
from tests.support.view_world import Running, World, fresh, project
from tests.support.waiting import auntil

pytestmark = pytest.mark.broker
HOUR_MS = 3_600_000
LONG = "Gezondheidszorginnovatieprogrammacoördinatie"
PATHS = (
    "/desk?q=haven",
    "/desk/compare?id=p-a&id=p-b",
    "/desk/compare?id=p-a",
    "/desk/field?id=p-a&field=areas",
)


@pytest.fixture
async def world(broker: Settings, tmp_path: Path) -> AsyncIterator[World]:
    """Two projects that look alike, one of two sources."""
    made = fresh(broker, tmp_path)
    for source_id, revision in (("a", 1), ("b", 2), ("c", 3)):
        made.regional(source_id, revision)
    made.national(
        "p-a", {"a": 1, "c": 3}, content=project(f"Slimme haven {LONG}", link="https://x.nl/" + "x" * 90)
    )
    made.national("p-b", {"b": 2}, content=project(f"Slimme haven, {LONG}", areas=["defensie"]))
    made.checked()
    made.progress()
    yield made
    made.close()


async def presses(browser: Browser, button: str, fields: dict[str, str]) -> None:
    """Fill in and send the form with this button, as a person does."""
    await browser.evaluate(
        f"""(() => {{
          const form = [...document.forms].find((one) =>
            one.querySelector('button').textContent.trim() === {json.dumps(button)});
          for (const [name, value] of Object.entries({json.dumps(fields)})) form.elements[name].value = value;
          form.querySelector('button').click();
        }})()"""
    )


async def shows(browser: Browser, text: str) -> None:
    async def there() -> bool:
        return bool(await browser.evaluate(f"document.body?.innerText.includes({json.dumps(text)})"))

    await auntil(there, 20, f"the page says {text}")


async def test_a_steward_decides_in_a_browser(world: World, tmp_path: Path) -> None:
    """Sign in, see a proposal, compare, preview and decide; nothing is written to the console."""
    _, code = Keyring(world.settings.data, wall_ms).issue(INVITATION, STEWARD, "redactie", HOUR_MS)
    async with Running(world.settings) as view, Browser(tmp_path / "browser") as browser:
        await view.reaches("proven")
        await browser.visit(f"{view.base}/sign-in/{code}")
        await presses(browser, "Aanmelden", {})
        await shows(browser, "Aangemeld als redactie")

        async def proposed() -> bool:
            await browser.visit(f"{view.base}/desk")
            return bool(await browser.evaluate("document.querySelector('ul.candidates li') !== null"))

        await auntil(proposed, 20, "the two are proposed")
        for path in PATHS:
            for width, dark in ((360, False), (1280, True)):
                await browser.visit(view.base + path, width, dark)
                assert await browser.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
                assert await browser.evaluate(CONTRAST) >= 4.5, (path, dark)
        await browser.visit(f"{view.base}/desk/compare?id=p-a&id=p-b")
        await presses(browser, "Eén ding", {"reason": "Hetzelfde project"})
        await shows(browser, "verwijst door naar")
        await presses(browser, "Besluit dit", {})
        await shows(browser, "Neem terug")
        assert (await view.json("/api/v1/decisions"))["items"][0]["by"] == "redactie"
        assert browser.complaints == []
