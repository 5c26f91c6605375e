"""All hubs together, as their manifests declare them: the one list from which everything else about hubs is made.

Only who a hub is and what it may use is read here, so that a source which needs a secret of the hub's own
machine stands in nobody's way at the office.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

from pydantic import ValidationError

from connectors.manifest import Declared, folders
from schemas.errors import Stop
from schemas.hubs import Hub
from schemas.settings import Settings
from schemas.topics import Topic, catalogue


def declared(settings: Settings) -> dict[str, Declared]:
    """Every hub that has a manifest, by slug. Raises `Stop` that names every fault of all of them at once."""
    found: dict[str, Declared] = {}
    faults: list[str] = []
    for hub, folder in folders(settings).items():
        try:
            found[hub] = _read(folder)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            faults.append(f"{hub}: is no TOML: {fault}")
        except ValidationError as invalid:
            faults += [f"{hub}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in invalid.errors()]
    faults += _clashes(found)
    if faults:
        raise Stop(
            f"The manifests have {len(faults)} faults: " + "; ".join(faults),
            fix="Mend them all; `zeven hub check NAME` tells of one hub.",
        )
    return found


def hubs(settings: Settings) -> tuple[Hub, ...]:
    """Every hub that has a manifest, as the other rooms know it. Raises `Stop` when there is none."""
    found = tuple(one.as_hub() for one in declared(settings).values())
    if not found:
        raise Stop(
            "There is no hub", fix="A hub is a folder with manifest.toml and mapping.py; see ZEVEN_HUBS."
        )
    return found


def topics(settings: Settings) -> dict[str, Topic]:
    """The catalogue for every hub that has a manifest."""
    return catalogue(declared(settings), settings.topics.partitions)


def doors(settings: Settings) -> dict[str, int]:
    """The port of the connector of every hub on a machine that runs them all."""
    return {hub: settings.ports.connectors + number for number, hub in enumerate(folders(settings))}


def _read(folder: Path) -> Declared:
    document = tomllib.loads((folder / "manifest.toml").read_text(encoding="utf-8"))
    return Declared.model_validate(
        {name: document[name] for name in Declared.model_fields if name in document}
    )


def _clashes(found: dict[str, Declared]) -> list[str]:
    """What two hubs cannot both have, and folders that are not of their hub."""
    users = Counter(one.user for one in found.values())
    provinces = Counter(code for one in found.values() for code in one.provinces)
    return [
        *(f"{hub}: hub: is {one.hub!r}" for hub, one in found.items() if one.hub != hub),
        *(f"principal: {user} is of {count} hubs" for user, count in users.items() if count > 1),
        *(f"provinces: {code} is of {count} hubs" for code, count in provinces.items() if count > 1),
    ]
