"""The bundle with which a hub joins: what it holds, how it is packed at the office and trusted at the hub.

A zip with the addresses, the credential, the authority, and the hub's own manifest and mapping, listed with
their SHA-256 in `SHA256SUMS`. Nothing of it is believed before every line of that list held.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from schemas.errors import Stop
from schemas.settings import Settings

SUMS: Final = "SHA256SUMS"
ABOUT: Final = "bundle.json"
SETTINGS: Final = "settings.toml"
CREDENTIAL: Final = "credential"
AUTHORITY: Final = "ca.pem"
README: Final = "README.md"
HUB: Final = "hub/"
NEEDED: Final = frozenset({ABOUT, SETTINGS, CREDENTIAL, README, f"{HUB}manifest.toml", f"{HUB}mapping.py"})
_NAME: Final = re.compile(
    rf"({'|'.join(map(re.escape, (*NEEDED, AUTHORITY)))}|hub/[a-z0-9_]+\.(py|csv|toml))"
)
LARGEST: Final = 2_000_000
ENTRIES: Final = 50
_DAY: Final = (1980, 1, 1, 0, 0, 0)  # a zip of the same content is the same zip


def pack(files: Mapping[str, bytes]) -> bytes:
    """The bundle of these files."""
    sums = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in [*sorted(files.items()), (SUMS, sums.encode())]:
            entry = zipfile.ZipInfo(name, _DAY)
            entry.external_attr = 0o600 << 16
            packed.writestr(entry, content)
    return out.getvalue()


def unpack(path: Path) -> dict[str, bytes]:
    """The files of a bundle. Raises `Stop` that names everything that is wrong with it."""
    try:
        with zipfile.ZipFile(path) as packed:
            entries = packed.infolist()
            if len(entries) > ENTRIES or any(one.file_size > LARGEST for one in entries):
                raise _broken(path, ["it is larger than a bundle can be"])
            found = {one.filename: packed.read(one) for one in entries}
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as fault:
        raise _broken(path, [f"it cannot be read: {fault}"]) from fault
    sums = _sums(found.pop(SUMS, b""))
    faults = [
        *(f"{name} is not in it" for name in sorted((NEEDED | set(sums)) - set(found))),
        *(f"{name} does not belong in it" for name in sorted(found) if not _NAME.fullmatch(name)),
        *(
            f"{name} differs from its checksum"
            for name in sorted(found)
            if hashlib.sha256(found[name]).hexdigest() != sums.get(name)
        ),
    ]
    if faults or len(found) + 1 != len(entries):
        raise _broken(path, faults or ["a name stands in it twice"])
    return found


def about(found: Mapping[str, bytes]) -> dict[str, str]:
    """Of which hub the bundle is. Raises `Stop` when it does not say."""
    try:
        said: dict[str, str] = json.loads(found[ABOUT])
        if re.fullmatch(r"[a-z]+(-[a-z]+)*", said["hub"]) and {"user", "release"} <= set(said):
            return said
    except (ValueError, KeyError, TypeError) as fault:
        raise _broken(Path(ABOUT), [f"it cannot be read: {fault}"]) from fault
    raise _broken(Path(ABOUT), ["it names no hub"])


def _sums(listed: bytes) -> dict[str, str]:
    lines = (line.split("  ", 1) for line in listed.decode("utf-8", errors="replace").splitlines())
    return {line[1]: line[0] for line in lines if len(line) == 2}


def _broken(path: Path, faults: list[str]) -> Stop:
    return Stop(
        f"This is no sound bundle: {'; '.join(faults)}",
        where=str(path),
        fix="Ask the office for a new one (`zeven hub bundle`), and fetch it again.",
    )


def addresses(settings: Settings, user: str) -> dict[str, dict[str, Any]]:
    """How the hub reaches Kafka and the registry: what `settings.toml` says."""
    kafka = settings.kafka
    return {
        "kafka": {
            "bootstrap": kafka.bootstrap,
            "security_protocol": kafka.security_protocol,
            "sasl_mechanism": "SCRAM-SHA-512",
            "username": user,
        },
        "registry": {"url": settings.registry.url},
        "topics": {"partitions": settings.topics.partitions},
    }


def as_toml(document: Mapping[str, Any]) -> bytes:
    """A document of plain values and of sections of plain values."""
    plain = [
        f"{name} = {_value(value)}" for name, value in document.items() if not isinstance(value, Mapping)
    ]
    lines = ["# Made by `zeven`; a setting in the environment wins over it.", *plain]
    for name, section in document.items():
        if isinstance(section, Mapping):
            lines += ["", f"[{name}]", *(f"{key} = {_value(value)}" for key, value in section.items())]
    return ("\n".join(lines) + "\n").encode()


def _value(value: Any) -> str:
    return str(value) if isinstance(value, int) else json.dumps(str(value), ensure_ascii=False)


def settings(content: bytes) -> dict[str, Any]:
    """What `addresses` said. Raises `Stop` when it is something else."""
    try:
        found = tomllib.loads(content.decode())
        if set(found) != {"kafka", "registry", "topics"}:
            raise ValueError(", ".join(found))
        return found
    except ValueError as fault:
        raise _broken(Path(SETTINGS), [f"it is not what the office writes: {fault}"]) from fault
