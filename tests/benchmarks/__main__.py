"""`make bench`: all benchmarks one after the other; `python -m tests.benchmarks replay latency` only these."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Final

from tests.benchmarks import connector, journey, latency, likeness, look, replay, set_up, view

ALL: Final[Mapping[str, Callable[[list[str]], None]]] = {
    "replay": replay.main,
    "set-up": set_up.main,
    "latency": latency.main,
    "journey": journey.main,
    "connector": connector.main,
    "look": look.main,
    "likeness": likeness.main,
    "view": view.main,
}


def main(names: list[str]) -> None:
    """Run these benchmarks, or all."""
    unknown = sorted(set(names) - set(ALL))
    if unknown:
        raise SystemExit(f"No such benchmark: {', '.join(unknown)}. There are {', '.join(ALL)}.")
    for name in names or ALL:
        ALL[name]([])


if __name__ == "__main__":
    main(sys.argv[1:])
