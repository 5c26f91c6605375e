"""Traps of faust and aiokafka that still apply, kept as tests on the real broker."""

from __future__ import annotations

import asyncio
from typing import Any

import faust
import pytest
from aiokafka import AIOKafkaProducer

from streams.engine.app import PumpsOnly, Unplugged, run
from streams.engine.batch import Batch
from streams.engine.emit import Emitter
from streams.engine.fence import EXIT_CODE, Fence
from streams.engine.stage import Emission, Plan, Run, Task
from tests.support.engine_world import Nation, nation, quiet, ready
from tests.support.waiting import auntil

__all__ = ["nation"]
pytestmark = pytest.mark.broker


def an_app(channel_size: int = 1) -> tuple[faust.App, Any]:
    """An app without pumps, and a channel with our agent on it."""
    app = Unplugged("trap", broker="kafka://unused", store="memory://", autodiscover=False, web_enabled=False)
    app.boot_strategy = PumpsOnly(app, ())
    channel = app.channel(maxsize=channel_size)
    app.agent(channel, name="trap")(run)
    return app, channel


class Failing(Task):
    """Its rules have a fault."""

    def load(self, topic: str, records: Any) -> Any:
        raise AssertionError(topic)

    def forget_written(self) -> None:
        raise AssertionError

    def reconcile(self, now_ms: int) -> Any:
        raise AssertionError(now_ms)

    def apply(self, runs: Any, now_ms: int) -> Plan:
        raise ValueError(f"a fault in the rules at {now_ms}")


class Ended(BaseException):
    """Stands where the process would have ended."""


def ended(reason: str) -> Any:
    raise Ended(reason)


async def nothing(_groups: Any) -> int:
    return 0


@pytest.mark.parametrize("resumed", [True, False])
async def test_channels_are_silent_until_flow_control_resumes(resumed: bool) -> None:
    """faust's consumer is off, so nobody else opens the flow: without `resume` an agent never hears anything."""
    app, channel = an_app()
    if resumed:
        app.flow_control.resume()
    await app.start()
    batch = Batch([], 0, nothing)
    hands_over = asyncio.ensure_future(channel.put(batch))
    try:
        heard, _ = await asyncio.wait({batch.done}, timeout=2 if resumed else 0.5)
        assert bool(heard) is resumed
    finally:
        hands_over.cancel()
        app.flow_control.resume()
        await app.stop()


async def test_a_failing_batch_ends_the_process_and_is_never_acknowledged() -> None:
    """D3: faust acknowledges what failed; leaving our block by an exception must not get that far."""
    batch = Batch([(Failing(0), [Run("x", [])])], 7, nothing, ended)
    with pytest.raises(Ended, match="a fault in the rules"):
        async with batch:
            await batch.apply()
    assert not batch.done.done()


async def test_headers_must_be_a_list(nation: Nation) -> None:
    """aiokafka's batch refuses a tuple of headers with a TypeError; every emission carries a list."""
    builder = nation.producer.create_batch()
    with pytest.raises(TypeError):
        builder.append(timestamp=None, key=b"k", value=b"v", headers=(("a", b"b"),))
    assert builder.append(timestamp=None, key=b"k", value=b"v", headers=[("a", b"b")]) is not None


async def test_groups_are_acknowledged_in_order_and_large_ones_are_split(nation: Nation) -> None:
    """The second group is sent only when all batches of the first are acknowledged, however many there are."""
    producer = AIOKafkaProducer(
        bootstrap_servers=nation.kafka.bootstrap, enable_idempotence=True, max_batch_size=4096
    )
    await producer.start()
    asked: list[int] = []

    async def check() -> None:
        asked.append(len(await nation.log("redirect")))

    try:
        first = [Emission("redirect", 0, b"k%d" % n, b"v" * 500, []) for n in range(100)]
        second = [Emission("redirect", 1, b"z", b"v", [])]
        assert await Emitter(producer, check, nation.prefix).send([first, [], second]) == 101
    finally:
        await producer.stop()
    assert asked == [0, 100]


async def test_an_old_proof_of_membership_ends_the_process() -> None:
    """D15: who cannot prove its membership does not write; a fresh accepted commit is a proof, a refused one is not."""
    now = [0.0]
    fence = Fence(10.0, lambda: now[0], ended)

    async def refused() -> bool:
        return False

    async def accepted() -> bool:
        fence.proven(now[0])
        return True

    now[0] = 5.9
    await fence.check(refused)
    now[0] = 6.1
    await fence.check(accepted)
    now[0] = 12.3
    with pytest.raises(Ended, match=r"6\.2 s old"):
        await fence.check(refused)
    assert EXIT_CODE == 70


async def test_commits_go_on_when_nothing_moves(nation: Nation) -> None:
    """D2, D10: an idle worker keeps proving its membership, so that it may write at once when something comes."""
    async with nation.worker("resolve", session_s=6.0) as pumps:
        await auntil(lambda: quiet(pumps), 30, "ready")
        pump, ages = pumps["resolve"], list[float]()

        async def watched() -> bool:
            ages.append(pump.fence.age_s)
            return len(ages) >= 60

        await auntil(watched, 20, "three seconds of looking")
        assert max(ages) < 2.5


async def test_offsets_never_pass_what_is_not_acknowledged(nation: Nation) -> None:
    """D5 to D8: while Kafka has not acknowledged the output, the input's offset stands still."""
    async with nation.worker("identify") as pumps:
        await auntil(lambda: quiet(pumps), 30, "ready")
        pump, gate, send = pumps["identify"], asyncio.Event(), pumps["identify"].emitter._send

        async def held(group: Any) -> None:
            await gate.wait()
            await send(group)

        pump.emitter._send = held  # type: ignore[method-assign]
        before = dict(pump.offsets)
        await nation.publish("limburg", nation.project("a", "A"))

        async def in_hand() -> bool:
            return pump.lock.locked()

        await auntil(in_hand, 20, "the batch is in hand")
        await pump.commit()
        assert dict(pump.offsets) == before
        gate.set()

        async def moved() -> bool:
            return dict(pump.offsets) != before

        await auntil(moved, 20, "the offset moves after the acknowledgement")
        assert ready(pumps) or pump.health.reason()
