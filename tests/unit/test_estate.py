"""All hubs together: what is made of their manifests, and what two of them cannot both say."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors import estate
from connectors.manifest import Declared
from schemas.errors import Stop
from schemas.reference import lists
from schemas.settings import Settings
from schemas.topics import catalogue
from streams.notices.names import reference_names

HERE = Settings()


def hub(folder: Path, slug: str, said: str = "") -> Settings:
    """Settings with one more hub that says `said` of itself."""
    home = folder / slug
    home.mkdir(parents=True)
    text = f'hub = "{slug}"\nname = {{ nl = "AI-hub {slug}", en = "{slug} AI hub" }}\nsample = true\n{said}'
    (home / "manifest.toml").write_text(text, encoding="utf-8")
    return Settings(hubs=folder)


def test_topics_and_names_are_those_of_the_hubs_that_have_a_manifest(tmp_path: Path) -> None:
    before = estate.declared(HERE)
    with_one_more = hub(tmp_path, "zeeuws-vlaanderen")
    assert set(estate.declared(with_one_more)) - set(before) == {"zeeuws-vlaanderen"}
    assert estate.topics(with_one_more) == catalogue([*before, "zeeuws-vlaanderen"])
    names = reference_names(estate.hubs(with_one_more))
    assert names["zeeuws-vlaanderen"] == ("AI-hub zeeuws-vlaanderen", "zeeuws-vlaanderen AI hub")


def test_every_hub_here_says_where_it_is_and_no_province_has_two() -> None:
    codes = {row["code"] for row in lists.rows("provinces")}
    assert [one.slug for one in estate.hubs(HERE) if one.office] == ["office"]
    for one in (one for one in estate.hubs(HERE) if not one.office):
        assert one.pin is not None
        assert set(one.provinces) <= codes
        assert one.provinces


def test_a_source_that_needs_a_secret_of_the_hub_stands_in_nobodys_way(tmp_path: Path) -> None:
    """The office knows the hub without the credentials of its sources."""
    settings = hub(tmp_path, "zeeland", '[sources.project]\nreader = "eventbrite"\n')
    assert estate.declared(settings)["zeeland"].user == "connector-zeeland"


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ('principal = "connector-zuid-holland"', "principal: connector-zuid-holland is of 2 hubs"),
        ('provinces = ["NL-ZH"]', "provinces: NL-ZH is of 2 hubs"),
        ('principal = "zeven-office"', "principal"),
        ('provinces = ["NL-XX"]', "no such province: NL-XX"),
        ('coordinator = "nobody"', "not in the reference list"),
        ('site = "javascript:alert(1)"', "site"),
    ],
)
def test_what_a_hub_cannot_say_of_itself_is_told(tmp_path: Path, said: str, fault: str) -> None:
    """No principal of the platform or of another hub, no province of another hub, nothing unknown."""
    with pytest.raises(Stop) as stop:
        estate.declared(hub(tmp_path, "zeeland", said))
    assert fault in str(stop.value)


def test_all_faults_of_all_hubs_are_told_at_once(tmp_path: Path) -> None:
    hub(tmp_path, "zeeland", "pin = 3")
    settings = hub(tmp_path, "flevoland", "quota = { produce_bytes_per_s = 1 }")
    with pytest.raises(Stop) as stop:
        estate.declared(settings)
    assert "zeeland: pin" in str(stop.value)
    assert "flevoland: quota.produce_bytes_per_s" in str(stop.value)


def test_a_default_quota_and_user_need_not_be_written_down() -> None:
    found = Declared.model_validate({"hub": "x", "name": {"nl": "X", "en": "X"}, "sample": True})
    assert (found.user, found.quota.produce_bytes_per_s) == ("connector-x", 1_000_000)
