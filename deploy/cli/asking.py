"""How commands ask the running view: one question over HTTP, with words for when nobody answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import httpx
from rich.console import Console
from rich.table import Table

from schemas.errors import Retry
from schemas.settings import Settings

PATIENCE_S = 15.0
NOT_FOUND = 404


def address(settings: Settings) -> str:
    """Where the view of this system answers."""
    host = "127.0.0.1" if settings.page.host in ("0.0.0.0", "::") else settings.page.host  # noqa: S104
    return f"http://{host}:{settings.page.port}"


def ask(settings: Settings, path: str, **query: str) -> dict[str, Any] | None:
    """The view's answer, or None when it knows nothing of it. Raises `Retry` when it does not answer."""
    url = address(settings) + quote(path, safe="/")
    try:
        answer = httpx.get(url, params=query, timeout=PATIENCE_S, trust_env=False)
        found: dict[str, Any] = answer.json()
    except (httpx.HTTPError, ValueError) as fault:
        raise Retry(
            "The view does not answer",
            where=address(settings),
            fix="Start the system with `zeven up` (or only the view with `zeven view`); "
            "another system is found with --data or ZEVEN_DATA.",
        ) from fault
    if answer.status_code == NOT_FOUND:
        return None
    if answer.is_error:
        said = found.get("detail", f"HTTP {answer.status_code}")
        raise Retry(f"The view cannot answer: {said}", where=url, fix="See its log and `zeven doctor`.")
    return found


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], title: str = "") -> None:
    """Print a table: drawn on a terminal, as wide as it needs to be elsewhere."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=200)
    drawn = Table(title=title or None, title_justify="left")
    for name in columns:
        drawn.add_column(name, overflow="fold")
    for row in rows:
        drawn.add_row(*(str(cell) if cell is not None else "" for cell in row))
    console.print(drawn, markup=False)
