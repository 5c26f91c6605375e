"""How tests steer the stand-in sources: `POST /_control/<word>` with a JSON object; `hub` in it names
another hub than zuid-holland.

    pause, resume               the changes that happen by themselves
    every {seconds, churn?}     how often they happen; with `churn`, steps of the generator instead
    change {name}               apply a named change, or the next one without a name
    set {kind, id, fields}      change fields, dotted names reach into objects (`acf.status`)
    key {kind, id, key}         the key by which it can be the same as another
    delete, unpublish, restore {kind, id}
    shrink {kind, keep}         the list shows only the first; `keep` 0 is an empty list
    whole {kind?}               lists and member list are whole again, no failures are planned
    list {way}                  the member list is whole, half or empty
    fail {way, path?, times?, retry_after?}   the next answers fail: see `faults.WAYS`
    load {rows, seed}           a world of so many rows instead of the region
    churn {steps, seed}         so many steps of `generator.churn`

`GET /_control/truth` (with `?hub=`) gives what the sources hold, `GET /_control/state` version, tick and last changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from random import Random
from typing import Any

from deploy.samples import changes, generator
from deploy.samples.sources import Sources
from deploy.samples.ticker import Ticker
from deploy.samples.world import KINDS


class Refused(ValueError):
    """A command that cannot be followed; the text says why."""


class Control:
    """The commands over a running sample."""

    def __init__(self, ticker: Ticker) -> None:
        self._ticker = ticker
        self._sources, self._store, self._faults = ticker.sources, ticker.sources.store, ticker.faults

    def follow(self, word: str, said: Mapping[str, Any]) -> dict[str, Any]:
        """Follow one command. Raises `Refused`."""
        commands: dict[str, Callable[[Mapping[str, Any]], Any]] = {
            "pause": lambda _: self._ticker.pause(),
            "resume": lambda _: self._ticker.resume(),
            "every": lambda said: self._ticker.set_every(
                float(said["seconds"]), churn=bool(said.get("churn"))
            ),
            "change": self._change,
            "set": self._set,
            "key": self._key,
            "delete": lambda said: self._mark(said, "trash"),
            "unpublish": lambda said: self._mark(said, "draft"),
            "restore": lambda said: self._mark(said, "live"),
            "shrink": self._shrink,
            "whole": self._whole,
            "list": lambda said: self._sources.rewrite_list(said["way"]),
            "fail": self._fail,
            "load": self._load,
            "churn": self._churn,
        }
        if word not in commands:
            raise Refused(f"no command {word!r}; there are {', '.join(commands)}")
        try:
            done = commands[word](said)
        except (KeyError, TypeError, ValueError) as fault:
            raise Refused(f"{word}: {fault!r}") from fault
        self._sources.write_list(even_if_large=False)
        return {"done": done, "version": self._store.version}

    def state(self) -> dict[str, Any]:
        """What is going on."""
        counts = {kind: self._store.count(kind) for kind in KINDS}
        return {"version": self._store.version, "counts": counts, **self._ticker.state()}

    def _change(self, said: Mapping[str, Any]) -> str:
        if "name" not in said:
            return self._ticker.step()
        random = Random(int(said.get("seed", self._store.version)))
        now = self._ticker.now()
        return changes.apply(said["name"], self._store, random, self._ticker.today, now, self._ticker.region)

    def _set(self, said: Mapping[str, Any]) -> None:
        body = deepcopy(self._body(said))
        for name, value in said["fields"].items():
            *way, last = name.split(".")
            target = body
            for part in way:
                target = target[part]
            target[last] = value
        self._store.put(said["kind"], str(said["id"]), body, self._ticker.now())

    def _key(self, said: Mapping[str, Any]) -> None:
        body = generator.with_key(said["kind"], self._body(said), str(said["key"]))
        self._store.put(said["kind"], str(said["id"]), body, self._ticker.now())

    def _body(self, said: Mapping[str, Any]) -> dict[str, Any]:
        found = self._store.get(said["kind"], str(said["id"]))
        if found is None:
            raise Refused(f"there is no {said['kind']} {said['id']}")
        return found.body

    def _mark(self, said: Mapping[str, Any], state: Any) -> None:
        self._body(said)
        self._store.mark(said["kind"], str(said["id"]), state, self._ticker.now())

    def _shrink(self, said: Mapping[str, Any]) -> None:
        if said["kind"] == "membership" and isinstance(self._sources, Sources):
            raise Refused("only lists over HTTP shrink; use `list` for the member list")
        self._sources.limits[said["kind"]] = int(said["keep"])

    def _whole(self, said: Mapping[str, Any]) -> None:
        for kind in [said["kind"]] if "kind" in said else list(self._sources.limits):
            self._sources.limits.pop(kind, None)
        self._faults.clear()
        if self._sources.list_way != "whole":
            self._sources.rewrite_list("whole")

    def _fail(self, said: Mapping[str, Any]) -> None:
        times, after = int(said.get("times", 1)), str(said.get("retry_after", ""))
        self._faults.plan(said["way"], said.get("path", "/wp-json/"), times, after)

    def _load(self, said: Mapping[str, Any]) -> int:
        self._store.clear()
        items = generator.rows(int(said["rows"]), int(said["seed"]), self._ticker.today, self._ticker.region)
        count = self._store.fill(items, self._ticker.now())
        self._sources.write_list()
        return count

    def _churn(self, said: Mapping[str, Any]) -> list[str]:
        return generator.churn(self._store, int(said["seed"]), int(said["steps"]), self._ticker.now())
