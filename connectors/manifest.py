"""The declaration of a hub, the single place that says who it is: names, provinces, sources, how often they are read,
what its tags mean, where its reports go, what it may use.

One `manifest.toml` with a `mapping.py` in `connectors/hubs/<hub>/`, or in `<hub>/` of the folder that `ZEVEN_HUBS`
names. Addresses may hold `{samples}` (the local sample systems) and `{data}` (the state folder);
`ZEVEN_HUB_<HUB>_<KIND>_<OPTION>` in the environment wins over the manifest, so that pointing at the real site is
a change of settings. `ZEVEN_HUB_<HUB>_SAMPLE=false` then drops the mark.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from connectors.brake import Brake
from connectors.hubs import Mapper, Words
from connectors.sources import Source, open_source
from connectors.sources import kinds as readers
from connectors.sources.selection import Selected
from connectors.sources.throttle import Throttle
from schemas.errors import Stop
from schemas.hubs import Hub
from schemas.reference.lists import rows, slugs
from schemas.settings import Settings
from schemas.text import folded
from schemas.topics import KINDS, rehearsed
from schemas.version import installed

SECRETS: Final = ("report_secret", "upload_token", "hubspot_secret")
"""What stands in the environment alone: `ZEVEN_HUB_<HUB>_REPORT_SECRET` signs the hub's reports by webhook,
`_UPLOAD_TOKEN` lets files in, `_HUBSPOT_SECRET` verifies webhooks; of the last two several may hold, by commas.
"""
_DECIDE: Final = ("connectors.sources", "connectors.hubs", "schemas", "schemas.avro", "schemas.reference")
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
    only: dict[str, list[str]] = Field(
        {},
        description="Selection: field -> words, one of which it must say. Ask the source for less where it can.",
    )
    expected: Expected = Expected()
    brake: dict[str, float] = Field({}, description="Figures of the brake that differ for this kind.")

    def open(self, throttle: Throttle | None = None) -> Source:
        """The reader. Raises `Stop` that names every fault of the options."""
        source = open_source(self.reader, self.options, throttle)
        return Selected(source, self.only) if self.only else source

    @field_validator("reader")
    @classmethod
    def _known(cls, reader: str) -> str:
        if reader not in readers():
            raise ValueError(f"there is no reader {reader!r}; use one of {', '.join(readers())}")
        return reader


class Name(_Part):
    """What the hub is called."""

    nl: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Pin(_Part):
    """Where the hub stands on a map, in degrees (WGS 84)."""

    lat: float = Field(ge=50, le=54)
    lon: float = Field(ge=3, le=8)


class Report(_Part):
    """The hub's own channel: where it is told that its state or its rejected rows changed."""

    mail: str = Field("", pattern=r"^([^@\s]+@[^@\s]+)?$", description="Role mailbox; never a person's.")
    webhook: str = Field("", pattern=r"^(https?://\S+)?$", description="Address of a webhook.")


class Quota(_Part):
    """What the hub's principal may use of Kafka."""

    produce_bytes_per_s: int = Field(1_000_000, ge=10_000)
    fetch_bytes_per_s: int = Field(5_000_000, ge=10_000)


class Declared(_Part):
    """Who a hub is and what it may use: topics, users, pages and the map derive from it."""

    hub: str = Field(pattern=r"^[a-z]+(-[a-z]+)*$")
    name: Name
    aliases: tuple[str, ...] = ()
    provinces: tuple[str, ...] = Field((), description="ISO 3166-2 codes.")
    pin: Pin | None = None
    coordinator: str | None = Field(None, description="Slug in the reference list of organisations.")
    site: str = Field("", pattern=r"^(https?://\S+)?$")
    contact: str = Field(
        "", pattern=r"^([^@\s]+@[^@\s]+)?$", description="Role mailbox on the hub's page; never a person's."
    )
    confirmed: bool = Field(True, description="Whether a source names it as one of the seven hubs.")
    office: bool = Field(
        False,
        description="The national office: what only it knows, by the same rules, but no region and no hub.",
    )
    sample: bool
    principal: str = Field(
        "", pattern=r"^(connector-[A-Za-z0-9._-]+)?$", description="User at Kafka; default: connector-<hub>."
    )
    quota: Quota = Quota()

    @property
    def user(self) -> str:
        """The principal that may write this hub's topics."""
        return self.principal or f"connector-{self.hub}"

    @field_validator("provinces")
    @classmethod
    def _provinces(cls, provinces: tuple[str, ...]) -> tuple[str, ...]:
        unknown = sorted(set(provinces) - {row["code"] for row in rows("provinces")})
        if unknown:
            raise ValueError(f"no such province: {', '.join(unknown)}; use codes such as NL-ZH")
        return provinces

    @field_validator("coordinator")
    @classmethod
    def _coordinator(cls, coordinator: str | None) -> str | None:
        if coordinator is not None and coordinator not in slugs("organisations"):
            raise ValueError(f"{coordinator!r} is not in the reference list of organisations")
        return coordinator

    def as_hub(self) -> Hub:
        """The hub as the other rooms know it."""
        pin = (self.pin.lat, self.pin.lon) if self.pin else None
        return Hub(
            self.hub,
            self.name.nl,
            self.name.en,
            self.aliases,
            self.provinces,
            pin,
            self.coordinator,
            self.site or None,
            self.confirmed,
            self.office,
            self.contact or None,
        )


class Manifest(Declared):
    """A hub's declaration."""

    interval_s: float = Field(gt=0)
    freshness_target_s: int = Field(gt=0)
    report: Report = Report()
    brake: Brake = Brake()
    sources: dict[str, SourcePart]
    tags: dict[str, dict[str, list[str]]] = {}

    def brake_of(self, kind: str) -> Brake:
        """The brake of a kind: the hub's, with the figures that differ."""
        return Brake.model_validate(self.brake.model_dump() | self.sources[kind].brake)

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
        """The table of tags for the mapping, with the names of the hub itself; nobody is a member of the office."""
        names = () if self.office else (self.name.nl, self.name.en, *self.aliases)
        return Words(self.tags, {folded(name): rehearsed(self.hub) for name in names})


def folders(settings: Settings) -> dict[str, Path]:
    """The hubs that have a manifest, with the folder it lies in: the own folder of the settings wins."""
    found: dict[str, Path] = {}
    for place in (Path(str(files("connectors.hubs"))), settings.hubs):
        for entry in sorted(place.iterdir()) if place is not None and place.is_dir() else ():
            if (entry / "manifest.toml").is_file():
                found[entry.name.replace("_", "-")] = entry
    return dict(sorted(found.items()))


def text_of(hub: str, settings: Settings) -> str:
    """The manifest as written. Raises `Stop` for a hub without one."""
    return (folder_of(hub, settings) / "manifest.toml").read_text(encoding="utf-8")


def folder_of(hub: str, settings: Settings) -> Path:
    """Where manifest and mapping of a hub lie. Raises `Stop` for a hub without them."""
    known = folders(settings)
    if hub not in known:
        raise Stop(f"No hub is called {hub!r}", fix=f"Hubs with a connector: {', '.join(known)}.")
    return known[hub]


def load(hub: str, settings: Settings, environ: Mapping[str, str]) -> Manifest:
    """The manifest of a hub with its addresses filled in. Raises `Stop` that names every fault at once."""
    return parse(text_of(hub, settings), hub, settings, environ)


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
    for name in ("mail", "webhook"):
        if f"report_{name}" in mine:
            document.setdefault("report", {})[name] = mine.pop(f"report_{name}")
    for name in SECRETS:
        mine.pop(name, None)
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
    port = environ.get("ZEVEN_PORTS_SAMPLES_DATABASE", str(settings.ports.samples_database))
    filled = value.replace("{samples}", samples).replace("{samples_database}", port)
    return filled.replace("{data}", str(Path(settings.data).resolve()))


def mappers(hub: str, settings: Settings) -> Mapping[str, Mapper]:
    """The mapping functions of a hub by kind. Raises `Stop` for a mapping that cannot be loaded."""
    path = folder_of(hub, settings) / "mapping.py"
    spec = spec_from_file_location(f"connectors.hubs.{hub.replace('-', '_')}.mapping", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise Stop("The hub has no mapping", where=str(path), fix="`zeven hub new` writes one.")
    module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        found: Mapping[str, Mapper] = module.MAPPINGS
    except (SyntaxError, ImportError, AttributeError, NameError, TypeError, ValueError) as fault:
        fix = "It wants `MAPPINGS`, a function per kind; run it with python to see the line."
        raise Stop(f"The mapping cannot be loaded: {fault}", where=str(path), fix=fix) from fault
    return found


def release(manifest: Manifest, settings: Settings) -> str:
    """Release of the connector and digest of what decides how a row reads: code, reference lists and tags."""
    digest = blake2b(digest_size=6)
    for code in deciding(manifest, settings):
        digest.update(code.read_bytes())
    selected = sorted(
        (kind, sorted(part.only.items())) for kind, part in manifest.sources.items() if part.only
    )
    digest.update(repr((sorted(manifest.tags.items()), manifest.sample, *selected)).encode())
    digest.update(repr(sorted(manifest.words.hubs.items())).encode())
    return f"{installed()}+{digest.hexdigest()}"


def deciding(manifest: Manifest, settings: Settings) -> list[Traversable]:
    """The files that decide how a row reads: readers, what mappings share, the contract, and the hub's own code."""
    shared = [one for package in _DECIDE for one in files(package).iterdir()]
    folder = folders(settings).get(rehearsed(manifest.hub))
    own: list[Traversable] = [*folder.glob("*.py")] if folder else []
    return [
        one
        for part in (shared, own)
        for one in sorted(part, key=str)
        if one.name.endswith((".py", ".csv", ".avsc"))
    ]
