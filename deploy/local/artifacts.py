"""Apache Kafka and the schema registry as files: fetched once per user, checked by SHA-256.

A file gets its final name only after its checksum held, so a download that was cut off is never used: the
next start fetches that file again.
"""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final, NamedTuple
from uuid import uuid4

from schemas.errors import Retry, Stop

KAFKA_VERSION: Final = "4.3.1"
REGISTRY_VERSION: Final = "2.6.13.Final"
AT_ONCE: Final = 4
Told = Callable[[int], None]
"""Called with the number of bytes that came in."""


class Artifact(NamedTuple):
    """One pinned file."""

    group: str
    artifact: str
    version: str
    classifier: str
    packaging: str
    size: int
    sha256: str

    @property
    def filename(self) -> str:
        """Name in the cache; the checksum is part of it."""
        return f"{self.artifact}-{self.version}.{self.sha256[:12]}.{self.packaging}"


class Software(NamedTuple):
    """Where the programs are: Kafka's jars and the registry's folder."""

    kafka: Path
    registry: Path


@cache
def pinned() -> tuple[Artifact, ...]:
    """What is needed, with sizes and checksums."""
    text = files("deploy.local").joinpath("artifacts.csv").read_text(encoding="utf-8")
    return tuple(
        Artifact(
            row["group"],
            row["artifact"],
            row["version"],
            row["classifier"],
            row["packaging"],
            int(row["bytes"]),
            row["sha256"],
        )
        for row in csv.DictReader(text.splitlines())
    )


def cache_of(environ: Mapping[str, str]) -> Path:
    """Cache folder of this user: ZEVEN_CACHE, else the XDG cache folder."""
    if "ZEVEN_CACHE" in environ:
        return Path(environ["ZEVEN_CACHE"])
    return Path(environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))) / "zeven"


def missing(cache_folder: Path) -> list[Artifact]:
    """What is not in the cache yet."""
    return [one for one in pinned() if not (cache_folder / one.filename).exists()]


def bring(cache_folder: Path, told: Told) -> Software:
    """Fetch what is missing, check it, lay it out. Raises `Retry` when it cannot be fetched."""
    cache_folder.mkdir(parents=True, exist_ok=True)
    incoming = cache_folder / f"incoming-{uuid4().hex[:8]}"
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for done in [
                pool.submit(_fetch, one, cache_folder, incoming, told) for one in missing(cache_folder)
            ]:
                done.result()
    finally:
        shutil.rmtree(incoming, ignore_errors=True)
    return Software(_kafka(cache_folder), _registry(cache_folder))


def _fetch(one: Artifact, cache_folder: Path, incoming: Path, told: Told) -> None:
    from jgo.maven import MavenContext, PythonResolver

    @contextmanager
    def counting(_name: str, _size: int) -> Iterator[Told]:
        yield told

    context = MavenContext(
        repo_cache=incoming, resolver=PythonResolver(progress_callback=counting), timeout=60, local_repos=[]
    )
    component = context.project(one.group, one.artifact).at_version(one.version)
    try:
        found = Path(component.artifact(one.classifier, one.packaging).resolve())
    except (OSError, RuntimeError, ValueError) as fault:
        raise Retry(
            f"{one.artifact} {one.version} cannot be fetched: {fault}",
            where="the Maven repository",
            fix="Check the network and HTTPS_PROXY, then start again: what is complete is kept.",
        ) from fault
    if digest_of(found) != one.sha256:
        raise Retry(
            f"{one.artifact} {one.version} came in with another checksum than pinned",
            where=str(found.name),
            fix="Start again. If it stays, something on the way changes files: do not use it.",
        )
    found.replace(cache_folder / one.filename)


def digest_of(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def damaged(cache_folder: Path) -> list[str]:
    """Files in the cache that are not what was pinned."""
    there = [one for one in pinned() if (cache_folder / one.filename).exists()]
    return [one.filename for one in there if digest_of(cache_folder / one.filename) != one.sha256]


def _mark(chosen: Sequence[Artifact]) -> str:
    return hashlib.sha256("".join(one.sha256 for one in chosen).encode()).hexdigest()[:12]


def _kafka(cache_folder: Path) -> Path:
    """A folder of links to Kafka's jars, under their own names."""
    jars = [one for one in pinned() if one.packaging == "jar"]
    folder = cache_folder / f"kafka-{KAFKA_VERSION}-{_mark(jars)}"
    if not folder.exists():
        making = cache_folder / f"{folder.name}.{uuid4().hex[:8]}"
        making.mkdir()
        for one in jars:
            _linked(cache_folder / one.filename, making / f"{one.artifact}-{one.version}.jar")
        _settle(making, folder)
    return folder


def _linked(there: Path, here: Path) -> None:
    """The same file under another name; a copy where the file system knows no hard links."""
    try:
        os.link(there, here)
    except OSError:
        shutil.copyfile(there, here)


def _registry(cache_folder: Path) -> Path:
    """The registry's own folder, unpacked."""
    (packed,) = (one for one in pinned() if one.packaging == "tar.gz")
    folder = cache_folder / f"registry-{REGISTRY_VERSION}-{_mark([packed])}"
    if not folder.exists():
        making = cache_folder / f"{folder.name}.{uuid4().hex[:8]}"
        try:
            with tarfile.open(cache_folder / packed.filename) as archive:
                archive.extractall(making, filter="data")
        except (tarfile.TarError, OSError, EOFError) as fault:
            shutil.rmtree(making, ignore_errors=True)
            raise Stop(
                f"The registry cannot be unpacked: {fault}",
                where=str(cache_folder),
                fix="Make room, or remove that folder, and start again.",
            ) from fault
        _settle(making, folder)
    return folder


def _settle(making: Path, folder: Path) -> None:
    """Give a finished folder its name; another process may have been first."""
    try:
        making.rename(folder)
    except OSError:
        shutil.rmtree(making)
        if not folder.exists():
            raise
