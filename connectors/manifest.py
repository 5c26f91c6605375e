"""The declaration of a hub: what its sources are, how often they are read, what its tags mean.

One `manifest.toml` in `connectors/hubs/<hub>/`. Addresses may hold `{samples}` (the local sample systems) and
`{data}` (the state folder); `ZEVEN_HUB_<HUB>_<KIND>_<OPTION>` in the environment wins over the manifest, so
that pointing at the real site is a change of settings. `ZEVEN_HUB_<HUB>_SAMPLE=false` then drops the mark.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from hashlib import blake2b
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from connectors.brake import Brake
from connectors.hubs import Mapper, Words
from connectors.sources import kinds as readers
from connectors.sources import open_source
from schemas.errors import Stop
from schemas.reference.lists import slugs
from schemas.settings import Settings
from schemas.topics import KINDS

LISTS: Final = ("areas", "dimensions", "themes", "pillars", "instruments", "focus_areas")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Expected(_Part):
    """How many rows a look normally shows; outside of it the look says so."""

    least: int = Field(0, ge=0)
    most: int | None = Field(None, ge=1)


class SourcePart(_Part):
    """One source of one kind of record."""

    reader: str
    options: dict[str, Any] = {}
    expected: Expected = Expected()

    @field_validator("reader")
    @classmethod
    def _known(cls, reader: str) -> str:
        if reader not in readers():
            raise ValueError(f"there is no reader {reader!r}; use one of {', '.join(readers())}")
        return reader


class Manifest(_Part):
    """A hub's declaration."""

    hub: str = Field(pattern=r"^[a-z]+(-[a-z]+)*$")
    sample: bool
    interval_s: float = Field(gt=0)
    freshness_target_s: int = Field(gt=0)
    brake: Brake = Brake()
    sources: dict[str, SourcePart]
    tags: dict[str, dict[str, list[str]]] = {}

    @field_validator("sources")
    @classmethod
    def _kinds(cls, sources: dict[str, SourcePart]) -> dict[str, SourcePart]:
        unknown = sorted(set(sources) - set(KINDS))
        if unknown or not sources:
            raise ValueError(f"sources are {', '.join(KINDS)}; found {', '.join(unknown) or 'none'}")
        return sources

    @field_validator("tags")
    @classmethod
    def _lists(cls, tags: dict[str, dict[str, list[str]]]) -> dict[str, dict[str, list[str]]]:
        wrong = sorted({name for meaning in tags.values() for name in meaning} - set(LISTS))
        if wrong:
            raise ValueError(f"a tag stands for {', '.join(LISTS)}, not for {', '.join(wrong)}")
        unknown = sorted(
            f"{slug} ({name})"
            for meaning in tags.values()
            for name, given in meaning.items()
            for slug in given
            if slug not in slugs(name)
        )
        if unknown:
            raise ValueError(f"no such value in the reference lists: {', '.join(unknown)}")
        return {tag.strip().casefold(): meaning for tag, meaning in tags.items()}

    @property
    def words(self) -> Words:
        """The table of tags for the mapping."""
        return Words(self.tags)


def known_hubs() -> list[str]:
    """The hubs that have a manifest."""
    found = [entry.name for entry in files("connectors.hubs").iterdir() if _manifest(entry).is_file()]
    return sorted(name.replace("_", "-") for name in found)


def _manifest(folder: Traversable) -> Traversable:
    return folder.joinpath("manifest.toml")


def load(hub: str, settings: Settings, environ: Mapping[str, str]) -> Manifest:
    """The manifest of a hub with its addresses filled in. Raises `Stop` that names every fault at once."""
    return parse(text_of(hub), hub, settings, environ)


def text_of(hub: str) -> str:
    """The manifest as written. Raises `Stop` for a hub without one."""
    path = _manifest(files("connectors.hubs").joinpath(hub.replace("-", "_")))
    if not path.is_file():
        raise Stop(f"No hub is called {hub!r}", fix=f"Hubs with a connector: {', '.join(known_hubs())}.")
    return path.read_text(encoding="utf-8")


def parse(text: str, hub: str, settings: Settings, environ: Mapping[str, str]) -> Manifest:
    """Read a manifest text; every fault at once, each with its place."""
    where = f"hubs/{hub.replace('-', '_')}/manifest.toml"
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise Stop(f"The manifest is no TOML: {fault}", where=where, fix="Mend that line.") from fault
    faults = _override(document, hub, settings, environ)
    try:
        manifest = Manifest.model_validate(document)
    except ValidationError as invalid:
        manifest = None
        faults += [f"{'.'.join(map(str, e['loc']))}: {_plain(e['msg'])}" for e in invalid.errors()]
    faults += _options_faults(document)
    if hub not in slugs("hubs"):
        faults.append(f"hub: {hub!r} is not one of the hubs in the reference list")
    if manifest is not None and manifest.hub != hub:
        faults.append(f"hub: is {manifest.hub!r}, but the folder is of {hub!r}")
    if faults or manifest is None:
        raise Stop(
            f"The manifest has {len(faults)} faults: " + "; ".join(faults), where=where, fix="Mend them all."
        )
    return manifest


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")


def _options_faults(document: Mapping[str, Any]) -> list[str]:
    """What the readers say of their options; opening one makes no connection."""
    faults = []
    sources = document.get("sources", {})
    for kind, part in sources.items() if isinstance(sources, dict) else ():
        reader = part.get("reader") if isinstance(part, dict) else None
        if reader not in readers():
            continue
        try:
            open_source(reader, part.get("options", {})).close()
        except Stop as fault:
            faults.append(f"sources.{kind}.options: {fault.what}")
    return faults


def _override(
    document: dict[str, Any], hub: str, settings: Settings, environ: Mapping[str, str]
) -> list[str]:
    """Fill in addresses and let the environment win; returns names that fit nothing."""
    prefix = f"ZEVEN_HUB_{hub.upper().replace('-', '_')}_"
    mine = {
        name.removeprefix(prefix).lower(): value for name, value in environ.items() if name.startswith(prefix)
    }
    for name in ("sample", "interval_s", "freshness_target_s"):
        if name in mine:
            document[name] = mine.pop(name)
    sources = document.get("sources", {})
    for kind, part in sources.items() if isinstance(sources, dict) else ():
        options = part.setdefault("options", {}) if isinstance(part, dict) else {}
        for name in [one for one in mine if one.startswith(f"{kind}_")]:
            options[name.removeprefix(f"{kind}_")] = mine.pop(name)
        for name, value in options.items():
            if isinstance(value, str):
                options[name] = _filled(value, settings, environ)
    return [f"{prefix}{name.upper()}: no such setting" for name in sorted(mine)]


def _filled(value: str, settings: Settings, environ: Mapping[str, str]) -> str:
    samples = environ.get("ZEVEN_SAMPLES_URL", f"http://127.0.0.1:{settings.ports.samples}")
    return value.replace("{samples}", samples).replace("{data}", str(Path(settings.data).resolve()))


def mappers(hub: str) -> Mapping[str, Mapper]:
    """The mapping functions of a hub by kind."""
    module = import_module(f"connectors.hubs.{hub.replace('-', '_')}.mapping")
    found: Mapping[str, Mapper] = module.MAPPINGS
    return found


def release(manifest: Manifest) -> str:
    """Release of the connector and digest of what decides how a row reads: readers, mapping and tags."""
    digest = blake2b(digest_size=6)
    hubs = files("connectors.hubs")
    readers_code = [one for one in files("connectors.sources").iterdir() if one.name.endswith(".py")]
    mapping = hubs.joinpath(manifest.hub.replace("-", "_")).joinpath("mapping.py")
    for code in (*sorted(readers_code, key=lambda one: one.name), hubs.joinpath("statements.py"), mapping):
        digest.update(code.read_bytes() if code.is_file() else b"")
    digest.update(repr((sorted(manifest.tags.items()), manifest.sample)).encode())
    return f"{_installed()}+{digest.hexdigest()}"


def _installed() -> str:
    try:
        return version("zeven")
    except PackageNotFoundError:
        return "unreleased"
