"""A connector as a process of its own, for tests that kill it."""

from __future__ import annotations

import json
import os
import signal
import sys

from connectors import manifest as manifests
from connectors.run import Connector
from schemas.bus import logs
from schemas.settings import Settings


def main() -> None:
    """Run the region's connector under another hub's name until SIGTERM."""
    said = json.loads(sys.argv[1])
    settings = Settings.load({name: value for name, value in os.environ.items() if "_HUB_" not in name})
    logs.configure("connector")
    manifest = manifests.load(said["region"], settings, os.environ).model_copy(update={"hub": said["hub"]})
    connector = Connector(settings, manifest, mappers=manifests.mappers(said["region"], settings))
    signal.signal(signal.SIGTERM, lambda *_: connector.halt())
    connector.run()


if __name__ == "__main__":
    main()
