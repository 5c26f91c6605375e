"""`zeven hub new`: from samples of its sources to the files of a hub, with a golden test that passes at once."""

from __future__ import annotations

import json
import re
import shlex
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from connectors import checking, estate
from connectors import manifest as manifests
from connectors.manifest import Declared
from connectors.newcomer import golden
from connectors.newcomer.made import Made, source_of, texts
from connectors.newcomer.recognise import KINDS, Found, Sample, bare, guarded, recognise
from connectors.newcomer.written import Hub
from connectors.sources.http import Http, Manners
from deploy.cli.asking import table
from deploy.cli.context import settings_of
from schemas.errors import Retry, Stop, ZevenError
from schemas.reference.lists import rows
from schemas.settings import Settings
from schemas.text import shorten

_SLUG: Final = re.compile(r"[a-z]+(-[a-z]+)*")
_LARGEST: Final = 200_000_000
_DATABASE: Final = ("postgresql://", "postgres://")
_CLOSED: Final = (401, 403)


@click.command("new")
@click.argument("name")
@click.option(
    "--from",
    "samples",
    multiple=True,
    required=True,
    help="A sample of a source: an address or a file. One a kind.",
)
@click.option(
    "--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="What the samples are, in their order."
)
@click.option("--name-nl", default="", help="Dutch name; default: AI-hub <Name>.")
@click.option("--name-en", default="", help="English name; default: <Name> AI hub.")
@click.option(
    "--province", "provinces", multiple=True, help="ISO 3166-2 code, such as NL-GE. May be repeated."
)
@click.option("--pin", default="", help="Where it stands on the map: latitude,longitude.")
@click.option("--site", default="", help="Its own site.")
@click.option(
    "--to", type=click.Path(path_type=Path, file_okay=False), help="Folder of hubs; default: ZEVEN_HUBS."
)
@click.option("--force", is_flag=True, help="Write over files that are there.")
def command(
    name: str, samples: tuple[str, ...], kinds: tuple[str, ...], to: Path | None, *, force: bool, **who: str
) -> None:
    """Describe hub NAME from samples of its sources: manifest, mapping, fixture and golden test.

    Recognises what kind of source each sample is, says what each field becomes and why, leaves out what is about
    persons, and guesses nothing.
    """
    settings = settings_of()
    hub = _hub(name, **who)
    folder = (to or settings.hubs or Path("hubs")) / name
    faults = [*_refused(hub, folder, settings, force=force), *_pairs(samples, kinds)]
    made: list[Made] = []
    for number, sample in enumerate(samples):
        try:
            kind = kinds[number] if number < len(kinds) else None
            made.append(source_of(_found(sample, kind), kind, hub, lambda: time.time_ns() // 1_000_000))
        except ZevenError as fault:
            faults.append(str(fault))
    faults += _twice(made)
    if faults:
        raise Stop(
            f"{len(faults)} faults: {'; '.join(faults)}" if len(faults) > 1 else faults[0].rstrip("."), fix=""
        )
    found = texts(hub, made)
    _guard(found)
    _write(folder, found)
    for one in made:
        _show(one, json.loads(found[golden.GOLDEN])[one.source.kind])
    _next(hub, folder, made, known=to is None and settings.hubs is not None)


def _hub(name: str, **who: object) -> Hub:
    called = " ".join(part.capitalize() for part in name.split("-"))
    nl, en = str(who["name_nl"] or f"AI-hub {called}"), str(who["name_en"] or f"{called} AI hub")
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*,\s*(\d+(?:\.\d+)?)\s*", str(who["pin"]))
    pin = (float(found[1]), float(found[2])) if found else None
    if who["pin"] and (pin is None or not (50 <= pin[0] <= 54 and 3 <= pin[1] <= 8)):
        raise Stop(
            f"--pin {who['pin']!r} is no place in the Netherlands", fix="Write latitude,longitude: 52.0,5.9"
        )
    provinces = who["provinces"] if isinstance(who["provinces"], tuple) else ()
    return Hub(name, nl, en, provinces, pin, str(who["site"]))


def _refused(hub: Hub, folder: Path, settings: Settings, *, force: bool) -> list[str]:
    """What is wrong with name, provinces and folder."""
    faults = []
    if not _SLUG.fullmatch(hub.hub):
        faults.append(
            f"{hub.hub!r} is no name of a hub: write lower-case words with hyphens, such as midden-gelderland"
        )
        return faults
    known = manifests.folders(settings)
    if hub.hub in known and known[hub.hub].resolve() != folder.resolve():
        faults.append(f"There is a hub {hub.hub} already ({known[hub.hub]}): take another name")
    unknown = sorted(set(hub.provinces) - {row["code"] for row in rows("provinces")})
    if unknown:
        faults.append(f"No such province: {', '.join(unknown)}; use codes such as NL-GE")
    for other, declared in _declared(settings).items():
        shared = sorted(set(hub.provinces) & set(declared.provinces)) if other != hub.hub else []
        faults += [f"{code} is of {other}: a province has one hub" for code in shared]
    if not force and folder.is_dir() and any(folder.iterdir()):
        faults.append(
            f"{folder} is there already, and is not written over: say --force, or take another name"
        )
    return faults


def _declared(settings: Settings) -> Mapping[str, Declared]:
    """The hubs that are there; when their manifests have faults, `zeven hub check` tells them, not this command."""
    try:
        return estate.declared(settings)
    except Stop:
        return {}


def _pairs(samples: Sequence[str], kinds: Sequence[str]) -> list[str]:
    if kinds and len(kinds) != len(samples):
        return [
            f"There are {len(samples)} samples and {len(kinds)} kinds: give --kind once for each --from, or never"
        ]
    return []


def _twice(made: Sequence[Made]) -> list[str]:
    found = [one.source.kind for one in made]
    again = sorted({kind for kind in found if found.count(kind) > 1})
    return [f"Two samples are of kind {kind}: give one, or say --kind for each" for kind in again]


def _found(where: str, kind: str | None) -> Found:
    """What a sample is; secrets in its address are used for reading and go into no file. Raises `ZevenError`."""
    if where.startswith(_DATABASE):
        from connectors.newcomer.database import introspect

        return introspect(where)
    address = where.startswith(("http://", "https://"))
    return guarded(recognise(_asked(where) if address else _file(where), kind), secret)


def _asked(where: str) -> Sample:
    http = Http(Manners(attempts=2, backoff_s=1))
    try:
        answer = http.get(where)
    except Retry as fault:
        raise Retry(fault.what, where=bare(where), fix=fault.fix or "Is the address right?") from None
    except ValueError as fault:
        raise Stop(
            f"This is no address: {fault}", where=bare(where), fix="Write https://host/path."
        ) from None
    finally:
        http.close()
    if answer.status in _CLOSED:
        fix = "Fetch one answer with your own token, save it as a file, and give that: a token goes into no file here."
        raise Stop(f"The source answers {answer.status}: it wants a login", where=bare(where), fix=fix)
    if answer.status != 200:
        raise Stop(f"The source answers {answer.status}", where=bare(where), fix="Is the address right?")
    return Sample(where, answer.body)


def _file(where: str) -> Sample:
    path = Path(where)
    try:
        if path.stat().st_size > _LARGEST:
            raise Stop(f"{path.name} is larger than {_LARGEST} bytes", fix="Give a part of it.")
        return Sample(str(path.resolve()), path.read_bytes())
    except OSError as fault:
        fix = "Give the path of a file, or an address that begins with https:// or postgresql://."
        raise Stop(f"{where}: {fault.strerror}", fix=fix) from None


def secret(address: str) -> bool:
    """Whether an address has the form of a secret."""
    return any(checking.secrets(f'url = "{address}"', ""))


def _guard(found: dict[str, str]) -> None:
    """Nothing that looks like a secret is ever written."""
    said = [one.what for name, text in found.items() for one in checking.secrets(text, name)]
    if said:
        raise Stop(f"The sample holds what looks like a secret: {said[0]}", fix="Take it out of the sample.")


def _write(folder: Path, found: dict[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in found.items():
            part = folder / f"{name}.part"
            part.write_text(text, encoding="utf-8")
            part.replace(folder / name)
    except OSError as fault:
        raise Stop(
            f"{folder} cannot be written: {fault.strerror}", fix="Give another folder with --to."
        ) from fault


def _show(one: Made, said: Sequence[Mapping[str, Any]]) -> None:
    source, proposal = one.source, one.source.proposal
    click.echo(
        f"\n{source.kind}: {source.found.reader}, {source.found.why}; {one.read} rows, {one.faulty} unreadable"
    )
    told = [
        (each.field, shorten(each.example, 40), each.part or "-", f"{each.confidence}: {each.why}")
        for each in proposal.fields
    ]
    table(("field", "example", "becomes", "why"), [tuple(map(_printable, cells)) for cells in told])
    click.echo(
        f"{len(proposal.tags)} words assigned, {len(proposal.unassigned)} not assigned (they stand in the manifest)"
    )
    refused = Counter(str(each["rejected"]["what"]) for each in said if "rejected" in each)
    click.echo(f"{len(said)} rows are frozen, {refused.total()} of these rejected")
    for what, count in refused.most_common():
        click.echo(f"  {count} x {_printable(what)}")
    if source.fixed is None and proposal.lacking:
        click.echo(
            f"No field says {', '.join(proposal.lacking)}: every row is rejected until the mapping does."
        )


def _printable(text: str) -> str:
    """What a source says, without what would steer a terminal."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _next(hub: Hub, folder: Path, made: Sequence[Made], *, known: bool) -> None:
    click.echo(f"\n{folder}: manifest.toml, mapping.py, {golden.FIXTURE}, {golden.GOLDEN}, test_mapping.py")
    before = f"ZEVEN_HUB_{hub.hub.upper().replace('-', '_')}"
    for one in made:
        kind = one.source.kind
        for name in one.source.found.secret:
            click.echo(f"export {before}_{kind.upper()}_{name.upper()}=…    # a secret: it stands in no file")
        for name in one.source.found.missing:
            click.echo(f"{kind}: fill in {name} in manifest.toml; the sample does not tell it")
    if not known:
        click.echo(f"export ZEVEN_HUBS={shlex.quote(str(folder.parent.resolve()))}")
    for word, what in (
        ("check", "faults, secrets, a dry connection"),
        ("preview", "what would change; nothing is published"),
        ("certify", "everything that goes wrong at sources"),
        ("run", "go live"),
    ):
        click.echo(f"zeven hub {word} {hub.hub}".ljust(40) + f"# {what}")
