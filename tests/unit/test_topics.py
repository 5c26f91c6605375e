"""The catalogue: complete, consistent, and partitioned as Kafka itself does it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner.default import murmur2

from schemas import codec, topics

HUBS = ("noord-nederland", "zuid-holland")
CATALOGUE = topics.catalogue(HUBS, 4)


@given(st.binary(max_size=40))
def test_murmur2_is_that_of_kafka(data: bytes) -> None:
    """Sign by sign as kafka-python's, which follows the Java client."""
    assert topics.murmur2(data) == murmur2(data) & 0xFFFFFFFF


@pytest.mark.parametrize(
    ("data", "want"),
    [("21", -973932308), ("foobar", -790332482), ("a-little-bit-long-string", -985981536)],
)
def test_murmur2_gives_the_numbers_of_the_java_client(data: str, want: int) -> None:
    """Numbers from the tests of Apache Kafka."""
    assert topics.murmur2(data.encode()) == want & 0xFFFFFFFF


@given(st.text(max_size=20), st.integers(1, 64))
def test_every_text_has_one_partition(text: str, partitions: int) -> None:
    """In bounds, and the same again."""
    found = topics.partition_of(text, partitions)
    assert 0 <= found < partitions
    assert found == topics.partition_of(text, partitions)


def test_each_hub_has_the_same_seven_topics() -> None:
    """An eighth hub is a word in a list."""
    names = [{name.replace(hub, "*") for name in CATALOGUE if hub in name} for hub in HUBS]
    assert names[0] == names[1]
    assert len(names[0]) == 7


def test_every_topic_has_a_schema_a_key_a_writer_and_a_reader() -> None:
    """Nothing is written that nobody reads."""
    for name, topic in CATALOGUE.items():
        assert topic.name == name
        assert codec.load(topic.schema).name == f"zeven.{topic.schema}"
        assert topic.key
        assert topic.writer
        assert all(topic.readers), name
        assert topic.subject == f"{name}-value"


def test_what_is_kept_per_key_outlives_a_week_without_readers() -> None:
    """Removals stay readable for 7 days; everything else has an end on purpose."""
    for name, topic in CATALOGUE.items():
        compacted = topic.config["cleanup.policy"] == "compact"
        days = int(topic.config["delete.retention.ms" if compacted else "retention.ms"]) / topics.DAY_MS
        assert days >= 7, name
        assert int(topic.config["max.message.bytes"]) == codec.MAX_VALUE_BYTES


def test_topics_that_a_task_joins_have_as_many_partitions() -> None:
    """fold reads linked.* and redirect together, notices reads national.*."""
    together = [topics.linked(kind) for kind in topics.NATIONAL_KINDS] + [topics.REDIRECT]
    together += [topics.national(kind) for kind in topics.NATIONAL_KINDS] + [topics.NOTICES_STATE]
    assert {CATALOGUE[name].partitions for name in together} == {4}


def test_hub_and_kind_come_from_the_name_of_the_topic() -> None:
    """The channel is the identity."""
    assert topics.hub_and_kind(topics.regional("zuid-holland", "event")) == ("zuid-holland", "event")


def test_a_rehearsal_has_the_topics_of_its_hub_under_a_name_of_its_own() -> None:
    """Same values and partitions, subjects of the real ones, read by nobody, and gone by themselves."""
    real, rehearsed = (topics.of_hub(name, 4) for name in (HUBS[0], topics.trial(HUBS[0])))
    assert real.pop().name == topics.objection(HUBS[0])  # nobody objects in a rehearsal
    assert len(real) == len(rehearsed)
    for one, two in zip(real, rehearsed, strict=True):
        assert two.name.startswith(f"trial.{HUBS[0]}.")
        assert (two.schema, two.partitions, two.subject) == (one.schema, one.partitions, one.subject)
        assert two.readers == ()
        assert two.config["cleanup.policy"] == "compact,delete"
        assert int(two.config["retention.ms"]) == topics.REHEARSED_DAYS * topics.DAY_MS
    assert not CATALOGUE.keys() & {one.name for one in rehearsed}
