"""One look of the real connector as a process of its own, for `look`: prints what it found and what it cost."""

from __future__ import annotations

import json
import logging
import os
import resource
import sys
import time
from typing import Any

import structlog

from connectors import manifest as manifests
from connectors.manifest import Manifest
from connectors.run import Connector
from schemas.settings import Settings


def manifest_of(said: dict[str, Any], settings: Settings) -> Manifest:
    """The manifest of a region with this one source."""
    whole = manifests.load(said["region"], settings, {})
    part = whole.sources[said["kind"]].model_copy(
        update={"reader": said["reader"], "options": said["options"], "only": {}}
    )
    expected = part.expected.model_copy(update={"most": None})
    sources = {said["kind"]: part.model_copy(update={"expected": expected})}
    return whole.model_copy(update={"hub": said["hub"], "sources": sources})


def main() -> None:
    """`look_ours JSON`."""
    said = json.loads(sys.argv[1])
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    settings = Settings.load({name: value for name, value in os.environ.items() if "_HUB_" not in name})
    mappers = manifests.mappers(said["region"], settings)
    connector = Connector(settings, manifest_of(said, settings), mappers=mappers)
    began, cpu = time.monotonic(), time.process_time()
    checked = connector.run(once=True)
    spent, used = time.monotonic() - began, time.process_time() - cpu
    (kind,) = checked["kinds"] if checked else ({},)
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": kind["read"], "seconds": spent, "cpu_s": used, "mb": size, **kind}))


if __name__ == "__main__":
    main()
