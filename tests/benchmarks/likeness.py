"""Candidates among many projects: seconds, memory, precision and recall, beside Splink on the same records.

Of every hundred projects two are told again by another hub (in English, with a letter less, shortened, with another
period), and two have a second phase that looks much like them. Which is which is known beforehand.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import time
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from streams.national.candidates import Candidates
from streams.national.portraits import portrait
from tests.benchmarks.support import conditions
from tests.support.likeness import FAMILIES, project

REQUIREMENTS: Final = Path(__file__).parent / "splink-requirements.txt"
PEER: Final = Path(__file__).parent / "likeness_peer.py"
TOWNS: Final = ("Delft", "Breda", "Zwolle", "Assen", "Venlo", "Ede", "Leiden", "Hoorn")
INVENTED: Final = 4_000
OFTEN: Final = 50
CHANGED: Final = 2_000
Row = dict[str, Any]
Truth = set[tuple[str, str]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--alone", action="store_true", help="Without the peer.")
    said = parser.parse_args(arguments)
    rows, truth = workload(said.records)
    print(f"likeness: {len(rows):,} projects, {len(truth):,} told twice · {conditions()}", flush=True)
    ours(rows, truth)
    if not said.alone:
        with TemporaryDirectory(prefix="zeven-likeness-") as folder:
            peer(Path(folder), rows, truth)


def workload(records: int) -> tuple[list[Row], Truth]:
    """Projects as flat rows, and the pairs that are one thing."""
    draw = random.Random(7)
    words = _words(draw)
    rows: list[Row] = []
    truth: Truth = set()
    while len(rows) < records:
        number = len(rows)
        one = _row(number, draw, words)
        rows.append(one)
        if number % OFTEN == 0:
            rows.append({**one, **_again(one, draw), "id": f"p-{number:07}-z"})
            truth.add((one["id"], f"p-{number:07}-z"))
        elif number % OFTEN == OFTEN // 2:
            later = {"id": f"p-{number:07}-2", "nl": f"{one['nl']} 2", "en": f"{one['en']} 2"}
            rows.append({**one, **later, "start": "2031-01-01", "end": "2033-12-31"})
    return rows, truth


def _words(draw: random.Random) -> list[str]:
    told = {word for row in FAMILIES["projects"] for title in row[:2] for word in title.split()}
    signs = "aeioubdfgklmnprstvz"
    made = {"".join(draw.choice(signs) for _ in range(draw.randint(5, 11))) for _ in range(INVENTED)}
    return sorted(told) * 10 + sorted(made)


def _row(number: int, draw: random.Random, words: list[str]) -> Row:
    title, english = (" ".join(draw.sample(words, draw.randint(3, 7))) for _ in "ne")
    year = draw.randint(2021, 2028)
    start = f"{year}-{draw.randint(1, 12):02}-01"
    who = {"lead": f"o-{draw.randint(0, 2_000)}", "partner": f"o-{draw.randint(0, 2_000)}"}
    when = {"start": start, "end": f"{year + 3}-12-31", "town": draw.choice(TOWNS)}
    return {"id": f"p-{number:07}", "nl": title, "en": english, **who, **when}


def _again(one: Row, draw: random.Random) -> Row:
    """How another hub tells the same project."""
    ways: tuple[Callable[[], Row], ...] = (
        lambda: {"nl": None},
        lambda: {"nl": one["nl"][:3] + one["nl"][4:], "en": None},
        lambda: {"nl": " ".join(one["nl"].split()[:-1]), "en": None, "town": None},
        lambda: {"nl": one["nl"].upper(), "lead": None, "end": f"{int(one['end'][:4]) + 1}-06-30"},
    )
    return draw.choice(ways)()


def ours(rows: Sequence[Row], truth: Truth) -> None:
    """All at once, then changes one by one."""
    begun, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seen = [found for row in rows if (found := portrait("project", _record(row))) is not None]
    portrayed = time.process_time() - begun
    held, laps = Candidates(), []
    for number, one in enumerate(seen):
        if number % (len(seen) // 4) == 0:
            laps.append(time.process_time())
        held.put(one)
    ended = time.process_time()
    quarters = [f"{end - start:.1f}" for start, end in zip(laps, [*laps[1:4], ended], strict=False)]
    size = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(
        f"  zeven    {portrayed + ended - laps[0]:6.1f} s CPU (quarters {', '.join(quarters)}) · {size:.0f} MB",
        end="",
    )
    print(f" · {_measure({one.pair for one in held.pairs()}, truth)}")
    chosen = random.Random(9).sample(seen, min(CHANGED, len(seen)))
    begun = time.process_time()
    for one in chosen:
        held.put(one._replace(end="2034-01-01"))
    print(
        f"           {(time.process_time() - begun) / len(chosen) * 1e6:.0f} us CPU for each change after that"
    )


def _record(row: Mapping[str, Any]) -> Row:
    said = {name: row[name] for name in ("start", "end", "lead", "town")}
    return project(row["id"], row["nl"], row["en"], partners=(row["partner"],), **said)


def _measure(found: Truth, truth: Truth) -> str:
    right = len(found & truth)
    return (
        f"{len(found):,} pairs, precision {right / max(1, len(found)):.3f}, recall {right / len(truth):.3f}"
    )


def peer(folder: Path, rows: Sequence[Row], truth: Truth) -> None:
    """Splink in an environment of its own, over the same rows."""
    venv.create(folder / "peer", with_pip=True)
    python = str(folder / "peer" / "bin" / "python")
    run = [python, "-m", "pip", "--quiet", "install", "--require-hashes", "-r", str(REQUIREMENTS)]
    subprocess.run(run, check=True)
    path = folder / "rows.json"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    done = subprocess.run([python, str(PEER), str(path)], check=True, capture_output=True, text=True)
    told = json.loads(done.stdout.splitlines()[-1])
    found = set(_pairs(told["pairs"]))
    print(f"  splink   {told['cpu_s']:6.1f} s CPU · {told['mb']:.0f} MB · {_measure(found, truth)}")


def _pairs(told: Sequence[Sequence[str]]) -> Iterator[tuple[str, str]]:
    yield from ((min(pair), max(pair)) for pair in told)


if __name__ == "__main__":
    main()
