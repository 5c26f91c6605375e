"""Who may do what at Kafka: the least that each hub and each part of the platform needs, as plain data.

A hub's rights follow from its slug; every prefix ends in a separator, so that `regional.noord.` says nothing
of `regional.noordoost.`. The rights of the platform's parts follow from the catalogue: who writes a topic
also reads it, since every writer compares what it wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from schemas import topics
from schemas.topics import Topic


class Right(NamedTuple):
    """One thing that a user may do; all of Kafka's rights to read or write imply to describe."""

    resource: str  # TOPIC, GROUP, CLUSTER or TRANSACTIONAL_ID
    name: str
    operation: str
    prefixed: bool = False


CLUSTER: Final = "kafka-cluster"
IDEMPOTENT: Final = Right("CLUSTER", CLUSTER, "IDEMPOTENT_WRITE")
OFFICE: Final = "zeven-office"
READER: Final = "zeven-reader"
STAGES: Final = ("identify", "resolve", "fold", "history", "overview", "notices")
PARTS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    # user: what it is called in the catalogue, the groups it joins
    "zeven-worker": ((*STAGES, "every stage"), STAGES),
    "zeven-view": (("view",), ()),
    "zeven-deliver": (("deliver",), ("zeven.deliver",)),
}
ROLES: Final = (*PARTS, OFFICE, READER)


def of_hub(hub: str) -> frozenset[Right]:
    """What the connector of a hub may do: keep its own topics, take orders, rehearse, read what is national."""
    own, trial = topics.regional(hub, ""), topics.regional(topics.trial(hub), "")
    return frozenset(
        (
            *(Right("TOPIC", own, one, prefixed=True) for one in ("READ", "WRITE")),
            *(
                Right("TOPIC", name, one)
                for name in (topics.rejected(hub), topics.objection(hub))
                for one in ("READ", "WRITE")
            ),
            *(Right("TOPIC", trial, one, prefixed=True) for one in ("READ", "WRITE", "CREATE", "DELETE")),
            Right("TOPIC", topics.control(hub), "READ"),
            *(Right("GROUP", f"connector.{one}", "READ") for one in (hub, topics.trial(hub))),
            Right("TRANSACTIONAL_ID", f"connector.{hub}", "WRITE"),
            *(
                Right("TOPIC", prefix, "READ", prefixed=True)
                for prefix in (topics.national(""), topics.linked(""))
            ),
            *(
                Right("TOPIC", name, "READ")
                for name in (topics.IDENTITY_KEYS, topics.IDENTITY, topics.DECISION, topics.OUTCOME)
            ),
            IDEMPOTENT,
        )
    )


def of_reader(name: str) -> frozenset[Right]:
    """What a program of somebody else may do: read national topics, redirects and progress, in its own groups."""
    return frozenset(
        (
            Right("TOPIC", topics.national(""), "READ", prefixed=True),
            *(Right("TOPIC", one, "READ") for one in (topics.REDIRECT, topics.PROGRESS)),
            Right("GROUP", f"reader.{name}.", "READ", prefixed=True),
        )
    )


def of_roles(catalogue: Mapping[str, Topic]) -> dict[str, frozenset[Right]]:
    """What each part of the platform may do, for these topics."""
    found = {user: _of_part(*part, catalogue.values()) for user, part in PARTS.items()}
    written = (topics.control(""), topics.OFFICE, topics.history(""))
    office = (
        *(Right("CLUSTER", CLUSTER, one) for one in ("ALTER", "ALTER_CONFIGS", "CREATE", "DESCRIBE")),
        Right("CLUSTER", CLUSTER, "DESCRIBE_CONFIGS"),
        IDEMPOTENT,
        Right("TOPIC", "*", "READ"),
        Right("TOPIC", "*", "DESCRIBE_CONFIGS"),
        Right("GROUP", "*", "DESCRIBE"),
        *(Right("TOPIC", prefix, "WRITE", prefixed=True) for prefix in written),
    )
    reader = (
        Right("TOPIC", topics.national(""), "READ", prefixed=True),
        Right("GROUP", "reader.", "READ", prefixed=True),
    )
    return found | {OFFICE: frozenset(office), READER: frozenset(reader)}


def _of_part(words: tuple[str, ...], groups: tuple[str, ...], known: Iterable[Topic]) -> frozenset[Right]:
    found = {IDEMPOTENT, *(Right("GROUP", group, "READ") for group in groups)}
    for topic in known:
        writes = not set(words).isdisjoint(topic.writer.split(", "))
        if writes:
            found.add(Right("TOPIC", topic.name, "WRITE"))
        if writes or not set(words).isdisjoint(topic.readers):
            found.add(Right("TOPIC", topic.name, "READ"))
    return frozenset(found)
