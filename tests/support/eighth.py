"""An eighth hub: one manifest and one mapping in a folder, and the list of members that it reads."""

from __future__ import annotations

from pathlib import Path
from typing import Final

HUB: Final = "flevoland"
MANIFEST: Final = """
hub = "flevoland"
name = { nl = "AI-hub Flevoland", en = "Flevoland AI hub" }
provinces = ["NL-FL"]
pin = { lat = 52.52, lon = 5.47 }
site = "https://flevoland.example"
sample = true
interval_s = 1
freshness_target_s = 60
quota = { produce_bytes_per_s = 200_000, fetch_bytes_per_s = 400_000 }

[sources.membership]
reader = "files"
[sources.membership.options]
path = "{data}/leden.csv"
mode = "snapshot"
settle_s = 0
id = ["Nr"]
required = ["Nr", "Naam"]
"""
MAPPING: Final = '''"""What AI-hub Flevoland says: its members."""

from connectors.hubs import Statement
from connectors.hubs.statements import mention


def membership(row, words):
    """A row of the list of members."""
    content = dict.fromkeys(("helix", "start", "end", "via", "link")) | {"note": {"nl": None, "en": None}}
    content |= {"body_kind": "hub", "body": "flevoland", "role": "member"}
    return Statement(["mem:hub:flevoland"], [mention(row.fields["Naam"], "member")], content)


MAPPINGS = {"membership": membership}
'''
MEMBERS: Final = "Nr;Naam\n1;Voorbeeld Almere (voorbeeld)\n2;Voorbeeld Lelystad (voorbeeld)\n"


def add(folder: Path) -> Path:
    """Put the hub into a folder of hubs; returns that folder."""
    home = folder / HUB
    home.mkdir(parents=True)
    (home / "manifest.toml").write_text(MANIFEST, encoding="utf-8")
    (home / "mapping.py").write_text(MAPPING, encoding="utf-8")
    return folder
