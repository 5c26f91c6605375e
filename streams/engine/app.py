"""One faust app for a worker: a channel, an agent and a pump per stage; faust's own Kafka parts stay off."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, cast

import faust
from faust.app.base import BootStrategy

from streams.engine.batch import Batch
from streams.engine.pump import Place, Pump
from streams.engine.stage import Stage
from streams.engine.wire import Wire


async def run(batches: faust.StreamT[Batch]) -> None:
    """What every stage's agent does: apply a batch, write what follows, acknowledge."""
    async for batch in batches:
        async with batch:
            await batch.emit(await batch.apply())


def build(stages: Sequence[Stage], place: Place, wire: Wire) -> tuple[faust.App, list[Pump]]:
    """An app with a pump for each of these stages."""
    app = Unplugged(
        f"{place.prefix}zeven",
        broker="kafka://unused",
        store="memory://",
        datadir=str(Path(tempfile.gettempdir()) / "zeven-faust"),  # faust makes it, and nothing is put there
        web_enabled=False,
        autodiscover=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
    )
    pumps = [_with_agent(app, stage, place, wire) for stage in stages]
    app.boot_strategy = PumpsOnly(app, pumps)
    app.flow_control.resume()  # without it channels deliver nothing while faust's consumer is off
    return app, pumps


class NoConsumer:
    """What a faust stream asks of a consumer where there is none: nothing waits for an acknowledgement."""

    def __init__(self) -> None:
        self.unacked: set[Any] = set()
        self._unacked_messages = self.unacked  # the name that faust's compiled stream iterator reads

    def assignment(self) -> set[Any]:
        """The pumps own all partitions."""
        return set()

    async def on_task_error(self, fault: BaseException) -> None:
        """An agent failed; its batch has ended the process by then."""

    def close(self) -> None:
        """Nothing is open."""


class Unplugged(faust.App):
    """An app without faust's own consumer, which would open an event loop that nobody closes."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.consumer = cast("Any", NoConsumer())

    async def on_start(self) -> None:
        """Settle the configuration, and nothing else."""
        self.finalize()


class PumpsOnly(BootStrategy):
    """faust gives worker, agents, channels and life cycle; Kafka comes through the pumps."""

    enable_kafka = False
    enable_kafka_consumer = False
    enable_kafka_producer = False
    enable_web = False  # /metrics and /health are served by schemas.bus.serve

    def __init__(self, app: faust.App, pumps: Sequence[Pump]) -> None:
        super().__init__(app)
        self._pumps = pumps

    def server(self) -> Iterable[Any]:
        """Agents first, then the pumps that feed them; stopped in reverse."""
        return [*self.sensors(), *self.agents(), *self._pumps]


def _with_agent(app: faust.App, stage: Stage, place: Place, wire: Wire) -> Pump:
    channel: Any = app.channel(maxsize=1)
    app.agent(channel, name=f"zeven.{stage.name}")(run)
    return Pump(stage, place, wire, channel, beacon=app.beacon)
