"""Regional records through identify, resolve and fold on the real broker."""

from __future__ import annotations

import asyncio

import pytest
from prometheus_client.values import MutexValue

from schemas.bus.metrics import REPAIRED
from schemas.cloudevents import schema_header
from schemas.codec import decode, encode, frame, load
from streams.agents.identify_task import IdentifyTask
from streams.engine.audit import Audit
from streams.engine.pump import Pump
from tests.support.engine_world import Nation, nation, quiet, ready
from tests.support.waiting import auntil

__all__ = ["nation"]
pytestmark = pytest.mark.broker
HOSTILE = (b"", b"\x00", b"\x01\x02\x03", b"hello world", b"\x00\x00\x00\xff\xff" + b"x" * 40, b"\x00" * 700)


async def settled(nation: Nation, pumps, titles: set[str]) -> None:
    """The national titles are these, and nothing moves any more."""

    async def as_wanted() -> bool:
        return ready(pumps) and sorted((await nation.titles()).values()) == sorted(titles)

    await auntil(as_wanted, 40, f"national titles {titles}")
    await auntil(lambda: quiet(pumps), 20, "quiet")
    assert [pump.counts.unbalanced() for pump in pumps.values()] == [[] for _ in pumps]


async def test_a_record_travels_changes_and_goes(nation: Nation) -> None:
    """New, changed and deleted regional records show in the national topic; offsets passed add up."""
    async with nation.worker() as pumps:
        await nation.publish("zuid-holland", nation.project("a", "Een", ["url:https://x/a"]))
        await nation.publish("limburg", nation.project("b", "Twee", ["url:https://x/b"]))
        await settled(nation, pumps, {"Een", "Twee"})
        await nation.publish("zuid-holland", nation.project("a", "Een en nog wat", ["url:https://x/a"]))
        await nation.raw("regional.limburg.project", "b", None)
        await settled(nation, pumps, {"Een en nog wat"})
        national = await nation.table("national.project")
        assert [one["contributions"][0]["revision"] for one in national.values()] == [nation.revision]
        assert len(await nation.table("identify.state")) - 2 <= 1  # marks, and the one source
        assert set(await nation.table("progress")) >= {"identify|0", "resolve|0", "fold|1"}


async def test_sources_merge_and_part_and_redirect(nation: Nation) -> None:
    """Two hubs with one key are one project; the losing id redirects; parting gives a new id."""
    async with nation.worker() as pumps:
        await nation.publish("zuid-holland", nation.project("a", "A", ["url:https://x/a"]))
        await nation.publish("limburg", nation.project("b", "B", ["url:https://x/b"]))
        await settled(nation, pumps, {"A", "B"})
        await nation.publish("limburg", nation.project("b", "B", ["url:https://x/a"]))
        await settled(nation, pumps, {"B"})
        national = await nation.table("national.project")
        (winner,) = [one for one in national.values() if one["content"]]
        (loser,) = [one for one in national.values() if not one["content"]]
        assert (loser["redirect"], winner["same_as"]) == (winner["id"], [loser["id"]])
        assert len(winner["contributions"]) == 2
        await nation.publish("limburg", nation.project("b", "B", ["url:https://x/b"]))
        await settled(nation, pumps, {"A", "B"})
        assert len(await nation.table("national.project")) == 3
        await in_order(nation)


async def in_order(nation: Nation) -> None:
    """Who may hold a source was written before the source was linked; redirects before identities."""
    schema = load("identify.State")
    states = [
        (record.timestamp, one["id"], record.key.decode())
        for record in await nation.log("identify.state")
        if record.value
        for one in decode(schema, record.value[5:])["holders"]
    ]
    for record in await nation.log("linked.project"):
        name, _, rest = record.key.decode().partition("|")
        source = rest.rpartition("|")[0]
        first = min(at for at, holder, of in states if (holder, of) == (name, source))
        assert first <= record.timestamp
    redirects = await nation.log("redirect")
    identities = [
        record for record in await nation.log("identity") if record.timestamp >= redirects[0].timestamp
    ]
    assert redirects
    assert identities


async def test_a_to_b_to_a_leaves_nothing_behind(nation: Nation) -> None:
    """A source that moves to another group and back at once stands under exactly one id."""
    async with nation.worker() as pumps:
        await nation.publish("limburg", nation.project("b", "B", ["url:https://x/b"]))
        await nation.publish("zuid-holland", nation.project("a", "A", ["url:https://x/a"]))
        await settled(nation, pumps, {"A", "B"})
        for turn in range(10):
            await nation.publish(
                "zuid-holland", nation.project("a", f"A{turn}", [f"url:https://x/{'ba'[turn % 2]}"])
            )
        await settled(nation, pumps, {"A9", "B"})
        linked = [key for key in await nation.table("linked.project") if "|a|" in key]
        assert len(linked) == 1


async def test_an_unreadable_version_keeps_the_last_usable_one(nation: Nation) -> None:
    """It stays, marked, with a rejected record; a readable version clears both; so does a restart in between."""
    async with nation.worker(unknown_for_s=1.0) as pumps:
        await nation.publish("zuid-holland", nation.project("a", "Goed", ["url:https://x/a"]))
        await settled(nation, pumps, {"Goed"})
        await nation.raw("regional.zuid-holland.project", "a", b"\x00\x00\x00\x00\x01kapot")

        async def marked() -> bool:
            table = await nation.table("national.project")
            return any(one["contributions"][0]["unreadable_since"] for one in table.values())

        await auntil(marked, 20, "the contribution is marked unreadable")
        assert list(await nation.table("rejected.zuid-holland")) == ["identify|project|a"]
    async with nation.worker(unknown_for_s=1.0) as pumps:
        await settled(nation, pumps, {"Goed"})
        assert await marked()
        assert len(await nation.log("rejected.zuid-holland")) == 1
        await nation.publish("zuid-holland", nation.project("a", "Beter", ["url:https://x/a"]))
        await settled(nation, pumps, {"Beter"})
        assert not await marked()
        assert await nation.table("rejected.zuid-holland") == {}


async def test_hostile_bytes_are_set_aside_while_others_go_on(nation: Nation) -> None:
    """Each becomes a rejected record with its bytes; good records before, between and after arrive."""
    record = nation.project("other", "Andere sleutel")
    schema = load("regional.Project")
    good = frame(nation.registry.id_for(nation.catalogue["regional.limburg.project"]), encode(schema, record))
    async with nation.worker(unknown_for_s=1.0) as pumps:
        for number, value in enumerate(HOSTILE):
            await nation.raw("regional.limburg.project", f"kwaad{number}", value)
            await nation.publish("limburg", nation.project(f"goed{number}", f"Goed {number}"))
        await nation.raw("regional.limburg.project", "sleutel", good, [schema_header(schema)])
        await nation.raw("regional.limburg.project", "kort", good[:-9])
        await settled(nation, pumps, {f"Goed {number}" for number in range(len(HOSTILE))})
        rejected = await nation.table("rejected.limburg")
        assert {key.rpartition("|")[2] for key in rejected} == {
            "sleutel",
            "kort",
            *(f"kwaad{n}" for n in range(len(HOSTILE))),
        }
        assert rejected["identify|project|kwaad3"]["original"] == b"hello world"
        assert all(one["cause"] and one["offset"] is not None for one in rejected.values())


async def test_garbage_on_the_topics_between_stages_stops_nobody(nation: Nation) -> None:
    """Not while a worker runs, and not when the next one sets up from it; good records arrive."""
    between = (
        "identity.keys",
        "identity",
        "identify.state",
        "redirect",
        "linked.project",
        "national.project",
    )
    async with nation.worker() as pumps:
        await nation.publish("limburg", nation.project("voor", "Voor"))
        await settled(nation, pumps, {"Voor"})
        for topic in between:
            await nation.raw(topic, "limburg|project|spook", b"hello world")
            await nation.raw(topic, "kort", b"\x00\x00\x00\x00\x01")
        await nation.publish("limburg", nation.project("na", "Na"))
        await arrived(nation, {"Voor", "Na"})
    async with nation.worker():
        await nation.publish("limburg", nation.project("later", "Later"))
        await arrived(nation, {"Voor", "Na", "Later"})


async def test_a_contribution_that_cannot_be_folded_is_rejected_until_it_is_mended(nation: Nation) -> None:
    """The national record stays as it was; the rejection survives a restart and goes with a good version."""
    name = "fold|project|heel"
    async with nation.worker() as pumps:
        await nation.publish("limburg", nation.project("heel", "Heel"))
        await settled(nation, pumps, {"Heel"})
        national_id = next(iter(await nation.titles()))
        place = f"{national_id}|limburg|project|heel|"
        await nation.raw("linked.project", place, b"hello world", decides=national_id)
        await auntil(lambda: rejects(nation, name), 20, "the damaged contribution is rejected")
        rejected = (await nation.table("rejected.limburg"))[name]
        assert rejected["original"] == b"hello world"
        assert rejected["row"] == f"{national_id}|limburg|project|heel|"
        assert await nation.titles() == {national_id: "Heel"}
    async with nation.worker() as pumps:
        await auntil(lambda: quiet(pumps), 30, "the next worker is set up")
        assert len(await nation.log("rejected.limburg")) == 1, "what stands is not written again"
        await nation.publish("limburg", nation.project("heel", "Geheeld"))
        await settled(nation, pumps, {"Geheeld"})
        assert await nation.table("rejected.limburg") == {}


async def test_a_slow_audit_mends_what_stands_between_the_stages(nation: Nation) -> None:
    """A lost, a stale and a phantom contribution, of a project and of a mention, are mended while all goes on."""
    repaired = REPAIRED.labels(stage="identify")._value
    partner = {
        "local": "ror:057w15z03",
        "name": "Partner",
        "role": "partner",
        "via": None,
        "helix": None,
        "website": None,
        "place": None,
        "keys": ["ror:057w15z03"],
    }
    async with nation.worker(audit_s=3.2) as pumps:
        audit = pumps["identify"].audit
        for title in ("Kwijt", "Oud"):
            await nation.publish("limburg", nation.project(title, title, organisations=[partner]))
        await settled(nation, pumps, {"Kwijt", "Oud"})
        await nation.publish("limburg", nation.project("Oud", "Nieuw", organisations=[partner]))
        await settled(nation, pumps, {"Kwijt", "Nieuw"})
        rounds, before = audit.rounds, repaired.get()
        await auntil(lambda: after(audit, rounds + 2), 60, "a whole audit of what is in order")
        assert repaired.get() == before, "nothing to mend"
        log = {
            one.key.decode(): one for one in reversed(await nation.log("linked.project"))
        }  # the first of each
        for key, first in log.items():
            name, _, _, source, _ = key.split("|")
            value = None if source == "Kwijt" else first.value
            await nation.raw("linked.project", key, value, first.headers, decides=name)
            ghost = key.replace(name, "p-spookspookspo")
            await nation.raw("linked.project", ghost, first.value, first.headers, decides="p-spookspookspo")
        mention = next(one for one in await nation.log("linked.organisation") if b"Kwijt" in one.key)
        owner = mention.key.decode().partition("|")[0]
        await nation.raw("linked.organisation", mention.key.decode(), None, decides=owner)
        await auntil(lambda: mended(repaired, before + 5), 60, "all five are mended")
        await settled(nation, pumps, {"Kwijt", "Nieuw"})
        organisation = next(iter((await nation.table("national.organisation")).values()))
        assert len(organisation["contributions"]) == 2
        assert repaired.get() == before + 5


async def after(audit: Audit, rounds: int) -> bool:
    """Whether so many rounds are over."""
    return audit.rounds >= rounds


async def mended(counter: MutexValue, count: float) -> bool:
    """Whether so many records were written again or taken away."""
    return bool(counter.get() >= count)


async def rejects(nation: Nation, name: str) -> bool:
    """Whether something stands as rejected."""
    return name in await nation.table("rejected.limburg")


async def arrived(nation: Nation, titles: set[str]) -> None:
    """Wait until these titles stand in national records; what is no record is passed over."""
    schema = load("national.Project")

    async def there() -> bool:
        newest = {record.key: record.value for record in await nation.log("national.project")}
        values = [value for value in newest.values() if value is not None and len(value) > 20]
        return titles <= {decode(schema, value[5:])["content"]["title"]["nl"] for value in values}

    await auntil(there, 40, f"{titles} are there")


async def marked(pump: Pump) -> bool:
    """Every task has written down that its last batch is done, so that nothing is sent again."""
    return all(task.marked == task.done for task in pump.tasks.values() if isinstance(task, IdentifyTask))


async def test_planted_damage_is_repaired_with_exactly_that_many_writes(nation: Nation) -> None:
    """A deleted, a stale, a damaged and a phantom national record are mended at the next start, nothing else."""
    async with nation.worker() as pumps:
        for number in range(8):
            await nation.publish(
                "limburg", nation.project(f"s{number}", f"T{number}", [f"url:https://x/{number}"])
            )
        await settled(nation, pumps, {f"T{number}" for number in range(8)})
        await nation.publish("limburg", nation.project("s0", "T0 nieuw", ["url:https://x/0"]))
        titles = {"T0 nieuw", *(f"T{number}" for number in range(1, 8))}
        await settled(nation, pumps, titles)
        await auntil(lambda: marked(pumps["identify"]), 20, "identify has marked its last batch as done")
    before = await nation.titles()
    by_title = {title: name for name, title in before.items()}
    log = await nation.log("national.project")
    stale = next(record for record in log if record.key.decode() == by_title["T0 nieuw"])
    whole = {record.key.decode(): record for record in log}
    damaged = whole[by_title["T2"]]
    await nation.raw("national.project", by_title["T1"], None)
    await nation.raw("national.project", by_title["T0 nieuw"], stale.value, stale.headers)
    await nation.raw("national.project", by_title["T2"], damaged.value.replace(b"T2", b"XX"), damaged.headers)
    await nation.raw("national.project", "p-spookspookspo", damaged.value, damaged.headers)
    planted = len(await nation.log("national.project"))
    async with nation.worker() as pumps:
        await settled(nation, pumps, titles)
        assert pumps["fold"].set_up.figures["emitted"] == 4
        assert [pump.set_up.figures["emitted"] for name, pump in pumps.items() if name != "fold"] == [0, 0]
    assert len(await nation.log("national.project")) == planted + 4
    assert await nation.titles() == before


async def test_a_stage_waits_for_the_registry_and_says_so(nation: Nation) -> None:
    """Without a registry a worker is not ready and loses nothing; when it answers, it goes on."""
    await nation.publish("limburg", nation.project("a", "Wacht", ["url:https://x/a"]))
    address = nation.registry_url
    async with nation.worker(registry_url="http://127.0.0.1:9/") as pumps:

        async def waits() -> bool:
            return all("registry" in (pump.health.reason() or "") for pump in pumps.values())

        await auntil(waits, 20, "every stage says that it waits for the registry")
        assert await nation.titles() == {}
        for pump in pumps.values():
            pump.wire._registry.url = address
        await settled(nation, pumps, {"Wacht"})
        await asyncio.sleep(0)
