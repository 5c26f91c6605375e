"""`zeven view`: the process that keeps the national view and answers for it."""

from __future__ import annotations

import click

from deploy.cli.context import settings_of


@click.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Port of page and API (default: from the settings)."
)
@click.option("--data", help="Folder of the system (default: the last one started).")
def command(port: int | None, data: str | None) -> None:
    """Keep the national view up to date and answer for it: page, API, health and figures."""
    from connectors import estate
    from schemas.bus import logs
    from streams.view import serve

    logs.configure("view")
    settings = settings_of(data)
    local = settings.ports.host == "127.0.0.1"  # elsewhere each connector runs where its hub wants it
    doors = {hub: f"127.0.0.1:{at}" for hub, at in estate.doors(settings).items()} if local else {}
    serve.run(settings, estate.hubs(settings), port, doors)
