"""A hub's own program: a Java producer publishes by the contract, and what it publishes is judged like anybody's."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from connectors.checking import Finding
from connectors.strangers import findings
from deploy.cli.hubs.client import properties
from deploy.local import artifacts
from schemas import topics
from tests.support.connector_world import World, world
from tests.support.programs import program
from tests.support.view_world import project

__all__ = ["world"]
pytestmark = pytest.mark.broker
HERE = Path(__file__).parents[1] / "foreign"
SCHEMAS = Path(__file__).parents[2] / "schemas"
NOW = 1_800_000_000_000


class Java:
    """The compiled program, and how it is run."""

    def __init__(self, folder: Path) -> None:
        software = artifacts.bring(artifacts.cache_of(os.environ), lambda _: None)
        avro = next((software.registry / "lib").glob("org.apache.avro.avro-*.jar"))
        self._path = os.pathsep.join([str(folder), f"{software.kafka}/*", str(avro)])
        sources = [str(path) for path in sorted(HERE.glob("*.java"))]
        self._run(program("default-jdk-headless", "javac"), "-d", str(folder), "-cp", self._path, *sources)

    def run(self, *arguments: str) -> str:
        return self._run(program("default-jdk-headless", "java"), "-cp", self._path, "Producer", *arguments)

    @staticmethod
    def _run(*command: str) -> str:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def java(tmp_path_factory: pytest.TempPathFactory) -> Java:
    return Java(tmp_path_factory.mktemp("java"))


class Program:
    """The producer with the ready configuration of this hub."""

    def __init__(self, java: Java, world: World, folder: Path) -> None:
        self._java, self._world, self._folder = java, world, folder
        self._looks = 0
        given = properties(world.settings, world.hub, f"connector-{world.hub}", "java")
        text = "".join(f"{name}={value}\n" for name, value in given.items())
        (folder / "producer.properties").write_text(text, encoding="utf-8")

    def publish(self, records: dict[str, str], removed: tuple[str, ...] = ()) -> None:
        self._looks += 1
        said = {
            "revision": NOW + self._looks,
            "look": self._looks,
            "records": [{"source_id": key, "record": stated(title)} for key, title in records.items()],
            "removed": [{"source_id": key, "how": f"GET /projects/{key}: 404"} for key in removed],
        }
        path = self._folder / "said.json"
        path.write_text(json.dumps(said), encoding="utf-8")
        url = self._world.settings.registry.url
        self._java.run(str(self._folder / "producer.properties"), url, self._world.hub, str(path))


def stated(title: str) -> dict[str, Any]:
    return {"sample": True, "keys": [], "organisations": [], "content": project(title, areas=["onderwijs"])}


@pytest.fixture
def own(java: Java, world: World, tmp_path: Path) -> Program:
    return Program(java, world, tmp_path)


def judged(world: World) -> list[Finding]:
    return list(findings(world.settings, world.hub, trial=False, now_ms=NOW))


def faults(world: World) -> list[str]:
    return [one.what for one in judged(world) if one.level == "fault"]


def test_java_recomputes_the_published_vectors_of_the_digest(java: Java) -> None:
    """Canonical text, digest, bucket and the sum over all: equal to the published file."""
    path = SCHEMAS / "digest_vectors.json"
    published = json.loads(path.read_text(encoding="utf-8"))
    *lines, total = java.run("vectors", str(path), str(SCHEMAS / "history")).splitlines()
    assert lines == [f"true {one['digest']} {one['bucket']}" for one in published["vectors"]]
    assert total == published["sum_of_hashes"]


def test_what_the_java_program_publishes_in_a_transaction_holds_to_the_contract(
    own: Program, world: World
) -> None:
    """New, changed and removed projects and a life sign: no fault, and the manifest is the recount of the log."""
    own.publish({"p-1": "Slimme haven", "p-2": "Zorgpad", "p-é|3": "Beeld"})
    assert faults(world) == []
    assert judged(world)[0].what == "3 records read, 3 stand"
    world.check_manifest()


def test_each_broken_promise_of_a_foreign_record_is_named_with_its_place(own: Program, world: World) -> None:
    """A record without headers and with a stale revision, a removal without evidence, and garbage."""
    own.publish({"p-1": "Slimme haven", "p-2": "Zorgpad"})
    value, _ = world.raw("project", "p-1")
    world.inject("project", "p-1", value)
    world.inject("project", "p-2", None)
    world.inject("project", "p-3", b"not avro")

    said = {one.where.rpartition(": ")[2] for one in judged(world) if one.level == "fault"}
    text = "\n".join(f"{one.what} {one.fix}" for one in judged(world))

    assert said == {"revision", "headers", "evidence", "schema"}
    assert (
        f"regional.{world.hub}.project/{topics.partition_of('p-2', world.settings.topics.partitions)}@"
        in text
    )
    assert "does not follow" in text
    assert "zeven_evidence" in text
    assert "not in Confluent framing" in text


def test_a_transaction_that_was_not_committed_does_not_exist(own: Program, world: World, java: Java) -> None:
    """The program dies before its commit: nobody sees anything of it, and the next run works."""
    with pytest.raises(AssertionError):
        own.publish({"p-0": "Al verstuurd", "p-1": 7})  # type: ignore[dict-item]
    assert judged(world)[0].what == "0 records read, 0 stand"
    own.publish({"p-1": "Slimme haven"})
    assert faults(world) == []
