"""The topic catalogue: which topics there are, what lies in them, who writes and who reads.

Topics, ACLs, the picture in the README and the reference page are made from this. Partitioning follows
Kafka's default (murmur2 of the key); where another text decides, writers give the partition themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

KINDS: Final = ("project", "event", "membership")
NATIONAL_KINDS: Final = (*KINDS, "organisation")
IDENTITY_KEYS: Final = "identity.keys"
IDENTITY: Final = "identity"
IDENTIFY_STATE: Final = "identify.state"
REDIRECT: Final = "redirect"
DOUBT: Final = "identity.doubt"
OFFICE: Final = "office."
DECISION: Final = f"{OFFICE}decision"
ROW: Final = f"{OFFICE}row"
OUTCOME: Final = f"{OFFICE}outcome"
NOTICES_STATE: Final = "notices.state"
NOTICE: Final = "notice"
OVERVIEW: Final = "national.overview"
DELIVERY: Final = "delivery"
PROGRESS: Final = "progress"
TRIAL: Final = "trial"
HISTORY: Final = "national.history"

DAY_MS: Final = 86_400_000
_COMPACT: Final = {
    "cleanup.policy": "compact",
    "min.compaction.lag.ms": str(DAY_MS),
    "delete.retention.ms": str(7 * DAY_MS),
    "max.message.bytes": "1048576",
}


REHEARSED_DAYS: Final = 14


def _kept(days: int) -> dict[str, str]:
    return {"cleanup.policy": "delete", "retention.ms": str(days * DAY_MS), "max.message.bytes": "1048576"}


@dataclass(frozen=True)
class Topic:
    """One topic: schema of its values, its key, what decides the partition, who writes and reads."""

    name: str
    schema: str
    key: str
    partitioned_by: str
    partitions: int
    config: dict[str, str] = field(default_factory=lambda: dict(_COMPACT))
    writer: str = ""
    readers: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """Registry subject of the values; a rehearsal has those of the topics that it stands for."""
        prefix, hub, kind = (*self.name.split("."), "", "")[:3]
        if prefix != TRIAL:
            return f"{self.name}-value"
        name = f"{kind}.{hub}" if kind in ("control", "rejected") else f"regional.{hub}.{kind}"
        return f"{name}-value"


def trial(hub: str) -> str:
    """The name under which a hub rehearses: all its own topics begin with it, and nobody else reads them."""
    return f"{TRIAL}.{hub}"


def rehearsed(hub: str) -> str:
    """The hub itself, whether it rehearses or not."""
    return hub.removeprefix(f"{TRIAL}.")


def regional(hub: str, kind: str) -> str:
    """Topic of a hub's own records of one kind."""
    return f"{hub}.{kind}" if hub.startswith(f"{TRIAL}.") else f"regional.{hub}.{kind}"


def checked(hub: str) -> str:
    """Topic of a hub's life signs and manifests."""
    return regional(hub, "checked")


def control(hub: str) -> str:
    """Topic of orders to a hub's connector; owning its partition is the right to publish."""
    return f"{hub}.control" if hub.startswith(f"{TRIAL}.") else f"control.{hub}"


def rejected(hub: str) -> str:
    """Topic of what cannot be used of a hub."""
    return f"{hub}.rejected" if hub.startswith(f"{TRIAL}.") else f"rejected.{hub}"


def objection(hub: str) -> str:
    """Topic of what a hub objects to in the national view."""
    return f"objection.{hub}"


def linked(kind: str) -> str:
    """Topic of the contributions to national records of one kind."""
    return f"linked.{kind}"


def national(kind: str) -> str:
    """Topic of the golden records of one kind."""
    return f"national.{kind}"


def history(kind: str) -> str:
    """Topic of every version of the golden records of one kind."""
    return f"{HISTORY}.{kind}"


def hub_and_kind(topic: str) -> tuple[str, str]:
    """Hub and kind of a regional topic: the channel is the identity."""
    _, hub, kind = topic.split(".")
    return hub, kind


def murmur2(data: bytes) -> int:
    """MurmurHash2 of Kafka's Java client (org.apache.kafka.common.utils.Utils.murmur2), unsigned."""
    mask, m = 0xFFFFFFFF, 0x5BD1E995
    length = len(data)
    h = (0x9747B28C ^ length) & mask
    whole = length & ~3
    for at in range(0, whole, 4):
        k = int.from_bytes(data[at : at + 4], "little") * m & mask
        k = (k ^ (k >> 24)) * m & mask
        h = (h * m & mask) ^ k
    if length & 3:
        h = (h ^ int.from_bytes(data[whole:], "little")) * m & mask
    h = (h ^ (h >> 13)) * m & mask
    return h ^ (h >> 15)


def partition_of(text: str, partitions: int) -> int:
    """Partition of a key or of another deciding text, as Kafka's Java client does it."""
    return (murmur2(text.encode()) & 0x7FFFFFFF) % partitions


def of_hub(hub: str, partitions: int) -> list[Topic]:
    """The topics of one hub."""
    connector = f"connector {hub}"
    records = [
        Topic(
            regional(hub, kind),
            f"regional.{kind.capitalize()}",
            "source id",
            "key",
            partitions,
            writer=connector,
            readers=("identify", "view"),
        )
        for kind in KINDS
    ]
    mine = [
        *records,
        Topic(checked(hub), "regional.Checked", "hub", "key", 1, writer=connector, readers=("view",)),
        Topic(
            control(hub),
            "control.Command",
            "command id",
            "-",
            1,
            _kept(7),
            "command line, view",
            (connector,),
        ),
        Topic(
            rejected(hub),
            "rejected.Rejected",
            "stage|kind|source id",
            "key",
            1,
            writer=f"{connector}, identify, fold, notices",
            readers=("view",),
        ),
    ]
    real = hub == rehearsed(hub)
    return [*mine, _objecting(hub, connector)] if real else [_of_rehearsal(topic) for topic in mine]


def _objecting(hub: str, connector: str) -> Topic:
    schema, key = "office.Objection", "objection id"
    return Topic(objection(hub), schema, key, "-", 1, writer=connector, readers=("view",))


def _of_rehearsal(topic: Topic) -> Topic:
    """Compacted as the topic that it stands for, and gone by itself when it is forgotten."""
    kept = _kept(REHEARSED_DAYS)["retention.ms"]
    config = {**topic.config, "cleanup.policy": "compact,delete", "retention.ms": kept}
    return replace(topic, config=config, readers=())


_SOURCE: Final = "hub|kind|source id"
_STAGES: Final = (
    # name, schema, key, what decides the partition, writer, readers
    (IDENTITY, "identity.Identity", _SOURCE, "source id", "resolve", "resolve, identify"),
    (IDENTIFY_STATE, "identify.State", _SOURCE, "source id", "identify", "identify"),
    (REDIRECT, "identity.Redirect", "losing national id", "key", "resolve", "resolve, fold, view"),
    (NOTICES_STATE, "notices.State", "national id", "key", "notices", "notices"),
    (OVERVIEW, "national.Overview", "cell|task", "task", "overview", "overview, view, your program"),
    (DELIVERY, "notice.Delivery", "notice id", "subscription", "deliver", "deliver, view"),
)
_WHOLE: Final = (
    # topics of one partition, read whole
    (IDENTITY_KEYS, "identity.Keys", _SOURCE, "-", "identify", "resolve"),
    (DOUBT, "identity.Doubt", "kind|key", "-", "resolve", "resolve, view"),
    (DECISION, "office.Decision", "decision id", "-", "command line, view", "resolve, fold, view"),
    (ROW, "office.Row", "list|row|version", "-", "command line", "identify, overview, view"),
    (OUTCOME, "office.Outcome", "hub|objection id", "-", "view", "view, connectors"),
    (PROGRESS, "progress.Progress", "stage|task", "key", "every stage", "view"),
)
_LINKED_KEY: Final = "national id|hub|kind|source id|local"
_NATIONAL_READERS: Final = "fold, history, overview, notices, view, your program"
_VERSION_KEY: Final = "national id|number of the version"
_HISTORIANS: Final = "history, command line"


def of_nation(partitions: int) -> list[Topic]:
    """The topics that no hub owns."""
    rows = [*_STAGES]
    for kind in NATIONAL_KINDS:
        name = kind.capitalize()
        rows.append((linked(kind), f"linked.{name}", _LINKED_KEY, "national id", "identify", "fold, view"))
        rows.append((national(kind), f"national.{name}", "national id", "key", "fold", _NATIONAL_READERS))
        readers = "history, view, your program"
        rows.append((history(kind), f"national.{name}", _VERSION_KEY, "national id", _HISTORIANS, readers))
    return [
        *(
            Topic(name, schema, key, by, 1, writer=writer, readers=tuple(readers.split(", ")))
            for name, schema, key, by, writer, readers in _WHOLE
        ),
        *(
            Topic(name, schema, key, by, partitions, writer=writer, readers=tuple(readers.split(", ")))
            for name, schema, key, by, writer, readers in rows
        ),
        Topic(
            NOTICE,
            "notice.Notice",
            "notice id",
            "subscription",
            partitions,
            _kept(35),
            "notices, view",
            ("deliver", "view"),
        ),
    ]


def catalogue(hubs: Iterable[str], partitions: int = 4) -> dict[str, Topic]:
    """All topics by name, for these hubs and this number of partitions."""
    topics = [topic for hub in hubs for topic in of_hub(hub, partitions)]
    return {topic.name: topic for topic in [*topics, *of_nation(partitions)]}
