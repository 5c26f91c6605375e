"""A whole system of real processes that a test can kill, stop and watch."""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from connectors import estate
from connectors import manifest as manifests
from connectors.sources import open_source
from deploy.local.processes import Process, Running, ours
from schemas.bus.admin import ensure_topics
from schemas.bus.registry import Registry
from schemas.reference import lists
from schemas.settings import Settings, Topics
from schemas.topics import DELIVERY, IDENTITY, KINDS, NATIONAL_KINDS, NOTICE, national, regional
from tests.faults.recorder import Recorder
from tests.oracle import national as oracle
from tests.support.broker import Cluster
from tests.support.waiting import until

HUB = "zuid-holland"
HARD = Topics(min_compaction_lag_ms=0, segment_ms=2_000)
WORKERS = ("worker", "worker_two")
SESSION_S = 6.0
AT_REST = ("delivered", "suppressed", "summarised")


class Theatre:
    """Samples, receivers, a connector, two workers, delivery and view on a cluster; and a witness."""

    def __init__(self, cluster: Cluster, *, hard: bool) -> None:
        base = cluster.settings
        self.cluster = cluster
        self.settings: Settings = base.model_copy(update={"topics": HARD}) if hard else base
        self.catalogue = estate.topics(self.settings)
        ensure_topics(self.settings, self.catalogue)
        registry = Registry(self.settings.registry.url)
        registry.ensure(self.catalogue)
        registry.close()
        self.witness = Recorder(self.settings, self.catalogue)
        self.environ = {**self.settings.environ(), "ZEVEN_HUB_ZUID_HOLLAND_INTERVAL_S": "0.5"}
        self.processes = {process.name: process for process in self._cast()}
        self.running: dict[str, Running] = {}
        self.http = httpx.Client(timeout=30, trust_env=False)
        self._version = -1

    def _cast(self) -> list[Process]:
        ports = self.settings.ports
        worker = f"worker --session {SESSION_S}"
        said = {
            "samples": ("samples serve --every 0", ports.samples_metrics),
            "connector": (f"hub run {HUB}", ports.connector),
            "worker": (f"{worker} --port {ports.worker}", ports.worker),
            "worker_two": (f"{worker} --port {ports.worker_two}", ports.worker_two),
            "deliver": ("deliver --waits 1,1,1,1,1,1,1,1,1,1 --quiet 2", ports.deliver),
            "view": ("view", self.settings.page.port),
        }
        cast = [self._one(name, words, port) for name, (words, port) in said.items()]
        return [ours("receivers", "receivers serve", f"tcp:127.0.0.1:{ports.receivers}", self.environ), *cast]

    def _one(self, name: str, words: str, port: int) -> Process:
        return ours(name, words, f"http:http://127.0.0.1:{port}/health/live", self.environ)

    def start(self, name: str) -> None:
        """Start one process."""
        self.running[name] = Running(self.processes[name], self.log(name))

    def start_all(self, rows: int, seed: int) -> None:
        """Start everything on a world of so many rows, and wait for the first proof."""
        for name in ("samples", "receivers"):
            self.start(name)
            self.running[name].wait_ready()
        self.steer("load", rows=rows, seed=seed)
        for name in ("view", "worker", "worker_two", "deliver", "connector"):
            self.start(name)
        self.until_proven(180)

    def log(self, name: str) -> Path:
        """Where a process writes."""
        return self.settings.data / "log" / f"{name}.log"

    def steer(self, word: str, **said: Any) -> Any:
        """Tell the sample sources what to do."""
        address = f"http://127.0.0.1:{self.settings.ports.samples}/_control/{word}"
        answer = self.http.post(address, json=said)
        answer.raise_for_status()
        return answer.json()

    def kill(self, name: str) -> None:
        """kill -9, and start it again."""
        self.running[name].kill()
        self.start(name)

    def mend(self) -> list[str]:
        """Start again what ended by itself, as a supervisor does; only workers may, and say so by their exit code."""
        ended = {name: code for name, one in self.running.items() if (code := one.ended()) is not None}
        for name in ended:
            assert name in WORKERS, f"{name} ended by itself: {self.running[name].last_words()}"
            self.start(name)
        return [f"{name} ended with {code}" for name, code in ended.items()]

    def waiting(self, name: str) -> int:
        """How much work waits for a process now."""
        if name == "deliver":
            return len(self.undelivered())
        if name == "connector":
            return 1 if self.looking() else 0
        return sum(self.witness.waiting(stage) for stage in ("identify", "fold", "notices"))

    def looking(self) -> bool:
        """Whether the regional log differs from what the sources hold, so that a connector has work."""
        truth = self.http.get(f"http://127.0.0.1:{self.settings.ports.samples}/_control/state").json()
        before, self._version = self._version, int(truth["version"])
        return before != self._version

    def undelivered(self) -> set[str]:
        """Notices that the ledger does not yet hold at rest."""
        ledger = {
            key: self.witness.decoded(one)["state"] for key, one in self.witness.latest(DELIVERY).items()
        }
        return {one.key for one in self.witness.of(NOTICE) if ledger.get(one.key) not in AT_REST}

    def hub(self) -> dict[str, Any]:
        """What the view says of the hub; nothing while it does not answer."""
        try:
            answer = self.http.get(f"http://127.0.0.1:{self.settings.page.port}/api/v1/hubs")
        except httpx.HTTPError:
            return {}
        items = answer.json().get("items", []) if answer.is_success else []
        return next((one for one in items if one["hub"] == HUB), {})

    def until_proven(self, deadline_s: float) -> None:
        """Wait until a manifest made after this call is proven."""
        begun = str(self.hub().get("last_look") or "")

        def proven() -> bool:
            self.mend()
            hub = self.hub()
            return bool(
                hub
                and str(hub["last_look"] or "") > begun
                and hub["completeness"]["state"] == "proven"
                and str(hub["completeness"]["proven_up_to"]) > begun
            )

        until(proven, deadline_s, f"the view has its proof; it says {self.hub().get('completeness')}")

    def testimony(self) -> str:
        """What each process says last, and what still waits: to find out why something stands still."""
        waits = {stage: self.witness.waiting(stage) for stage in ("identify", "resolve", "fold", "notices")}
        lines = [f"waiting: {waits}, undelivered: {len(self.undelivered())}, hub: {self.hub()}"]
        for name, one in self.running.items():
            code = one.ended()
            lines.append(
                f"--- {name}, {'runs' if code is None else f'ended with {code}'}: {one.last_words()}"
            )
        return "\n".join(lines)

    def close(self) -> None:
        """End everything."""
        for one in self.running.values():
            one.send(signal.SIGCONT)
            one.kill()
        self.witness.close()
        self.http.close()

    def held_by_sources(self) -> dict[tuple[str, str, str], Mapping[str, Any]]:
        """Read every source once more, and translate: what the regional log must say."""
        manifest = manifests.load(HUB, self.settings, self.environ)
        mappers = manifests.mappers(HUB, self.settings)
        found: dict[tuple[str, str, str], Mapping[str, Any]] = {}
        for kind, part in manifest.sources.items():
            source = open_source(part.reader, part.options)
            look = source.look(None, lambda: time.time_ns() // 1_000_000)
            for page in look:
                for row in page.rows:
                    said = mappers[kind](row, manifest.words)
                    found[HUB, kind, row.source_id] = {
                        "keys": said.keys,
                        "organisations": said.organisations,
                        "content": said.content,
                    }
            assert look.verdict.complete, look.verdict.reasons
            source.close()
        return found

    def regional(self) -> dict[tuple[str, str, str], dict[str, Any]]:
        """What the regional log says."""
        return {
            (HUB, kind, key): self.witness.decoded(one)
            for kind in KINDS
            for key, one in self.witness.latest(regional(HUB, kind)).items()
        }

    def expected(self) -> oracle.View:
        """The national view as the oracle computes it."""
        names: dict[oracle.Thing, str] = {}
        for one in map(self.witness.decoded, self.witness.latest(IDENTITY).values()):
            source = (one["hub"], one["kind"], one["source_id"])
            if not one["gone"]:
                names |= {(source, thing["kind"], thing["local"]): thing["id"] for thing in one["things"]}
        return oracle.national(self.regional(), names, lists.resolve_organisation)

    def found(self) -> dict[str, dict[str, Any]]:
        """The national view as it stands in the topics."""
        return {
            key: oracle.stated(record)
            for kind in NATIONAL_KINDS
            for key, one in self.witness.latest(national(kind)).items()
            if (record := self.witness.decoded(one))["redirect"] is None
        }

    def received(self) -> list[dict[str, Any]]:
        """Everything the receivers accepted."""
        found: list[dict[str, Any]] = []
        while True:
            after = found[-1]["seq"] if found else 0
            answer = self.http.get(
                f"http://127.0.0.1:{self.settings.ports.receivers}/received", params={"after": after}
            ).json()
            if not answer:
                return [one for one in found if one["accepted"]]
            found += answer
