"""Between records and bytes: round trips, the frozen prefix, and bytes that want to do harm."""

from __future__ import annotations

import io
import json
import re
import time
import tracemalloc
from typing import Any

import fastavro
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas import codec, compat
from schemas.errors import Reject, Stop
from schemas.records import TOP_LEVEL
from tests.contract.examples import any_record, example
from tests.support import vectors

NAMES = sorted(compat.current())
PREFIXED = [name for name in NAMES if "zeven.prefix" in compat.current()[name].document]
CHECKED = codec.load("regional.Checked")
CALM = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("name", NAMES)
@CALM
@given(data=st.data())
def test_a_record_comes_back_as_it_went(name: str, data: st.DataObject) -> None:
    """Encode, frame, unframe and decode give the same record, for every schema."""
    schema = compat.current()[name]
    record = data.draw(any_record(schema))
    number, body = codec.unframe(codec.frame(9, codec.encode(schema, record)))
    assert (number, codec.decode(schema, body)) == (9, record)


@pytest.mark.parametrize("name", NAMES)
def test_the_model_holds_what_the_bytes_hold(name: str) -> None:
    """From bytes to a pydantic model and back gives the same bytes."""
    schema = compat.current()[name]
    body = codec.encode(schema, example(schema))
    model = TOP_LEVEL[name].model_validate(codec.decode(schema, body))
    assert codec.encode(schema, model.model_dump()) == body


@pytest.mark.parametrize("name", PREFIXED)
def test_the_prefix_ends_exactly_where_the_rest_begins(name: str) -> None:
    """Prefix and the bytes behind it are together the record."""
    schema = compat.current()[name]
    record = example(schema)
    body = codec.encode(schema, record)
    prefix = codec.prefix(name.removeprefix("zeven."))
    found, offset = codec.decode_prefix(prefix, body)
    assert found == {field: record[field] for field in found}
    assert list(found)[-1] == schema.document["zeven.prefix"]
    assert codec.encode(prefix, found) + body[offset:] == body


def test_an_older_reader_reads_a_newer_record_and_the_other_way_round() -> None:
    """Resolution: a field that is not known is left out, one that is missing gets its default."""
    old = codec.load("control.Command")
    more = {"name": "extra", "type": ["null", "string"], "default": None, "doc": "New."}
    new = codec.schema_of({**old.document, "fields": [*old.document["fields"], more]})
    record = example(old)
    assert codec.decode(old, codec.encode(new, {**record, "extra": "x"}), new) == record
    assert codec.decode(new, codec.encode(old, record), old) == {**record, "extra": None}


def good() -> bytes:
    """A body without faults."""
    return codec.encode(CHECKED, example(CHECKED))


HOSTILE = {
    "nothing": b"",
    "length of 2^31 and one byte": b"\x80\x80\x80\x80\x10a",
    "length of 2^62": b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
    "negative length": b"\x01" + b"a" * 20,
    "varint without end": b"\xff" * 40,
    "no UTF-8": b"\x04\xff\xfe" + b"\x00" * 30,
    "cut short": good()[:-3],
    "bytes left over": good() + b"\x00",
    "the record twice": good() + good(),
}


def rejected(schema: codec.Schema, body: bytes) -> Reject:
    """Decode what must be refused, within 2 seconds and 64 MiB."""
    tracemalloc.start()
    began = time.monotonic()
    try:
        with pytest.raises(Reject) as caught:
            codec.decode(schema, body)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.monotonic() - began < 2
    assert peak < 64 * 2**20
    return caught.value


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_bytes_are_rejected_with_words(body: bytes) -> None:
    """Each is a Reject that says what was expected and what to do; nothing crashes or grows."""
    found = rejected(CHECKED, body)
    assert found.expected == "zeven.regional.Checked"
    assert found.got
    assert found.fix


def test_a_union_branch_that_does_not_exist_is_rejected() -> None:
    """Branch 60 of two."""
    redirect = codec.load("notices.State")
    body = codec.encode(redirect, {**example(redirect), "last": None, "pending": []})
    assert body.endswith(b"\x00\x00")
    rejected(redirect, body[:-2] + b"\x78\x00")


def test_an_array_that_claims_2_to_the_40_items_is_rejected() -> None:
    """Items have a width, so the bytes run out before the memory does."""
    progress = codec.load("progress.Progress")
    head = codec.encode(codec.prefix("progress.Progress", "task"), {"stage": "fold", "task": 1})
    rejected(progress, head + b"\x80\x80\x80\x80\x80\x80\x01")


def outcome(schema: codec.Schema, body: bytes) -> Any:
    """The record, or the Reject; any other exception fails the test."""
    try:
        return codec.decode(schema, body)
    except Reject as fault:
        return fault


@CALM
@given(body=st.binary(max_size=400), name=st.sampled_from(NAMES))
def test_any_bytes_give_a_record_or_a_reject(body: bytes, name: str) -> None:
    """No other exception comes out, whatever goes in."""
    schema = compat.current()[name]
    found = outcome(schema, body)
    assert found.expected == name if isinstance(found, Reject) else codec.encode(schema, found)


@CALM
@given(at=st.integers(0, len(good()) - 1), bit=st.integers(0, 7))
def test_a_turned_bit_gives_a_record_or_a_reject(at: int, bit: int) -> None:
    """Damage on the way never ends the process."""
    body = bytearray(good())
    body[at] ^= 1 << bit
    found = outcome(CHECKED, bytes(body))
    assert found.fix if isinstance(found, Reject) else set(found) == set(example(CHECKED))


@pytest.mark.parametrize("value", [b"", b"\x00\x00\x00\x01", b"\x01\x00\x00\x00\x01a", b'{"json": 1}'])
def test_what_is_not_framed_is_rejected(value: bytes) -> None:
    """JSON, an empty value and another first byte."""
    with pytest.raises(Reject, match="Confluent framing"):
        codec.unframe(value)


def test_a_value_above_the_bound_is_rejected() -> None:
    """One byte more than a topic takes."""
    assert codec.unframe(b"\x00" * codec.MAX_VALUE_BYTES)[0] == 0
    with pytest.raises(Reject, match="too large"):
        codec.unframe(b"\x00" * (codec.MAX_VALUE_BYTES + 1))


@pytest.mark.parametrize(
    "kind",
    [
        {"type": "array", "items": "null"},
        {"type": "map", "values": "null"},
        {"type": "array", "items": {"type": "record", "name": "Empty", "fields": []}},
        ["null", "Tree"],
        {"type": "array", "items": "Tree"},
    ],
)
def test_schemas_that_can_exhaust_a_reader_are_refused(kind: Any) -> None:
    """Recursion ended the process with a fault of the memory; arrays of nothing took 170 MiB from 5 bytes."""
    with pytest.raises(Stop):
        codec.schema_of({"type": "record", "name": "Tree", "fields": [{"name": "it", "type": kind}]})


def test_every_field_and_record_says_what_it_means() -> None:
    """No field without words."""
    for name in NAMES:
        for full, node in compat.node_of(compat.current()[name].document).names.items():
            assert node.get("doc"), full
            assert all(field.get("doc") for field in node.get("fields", ())), full


class TestPublishedFiles:
    """Files and fingerprints of Apache Avro and fastavro."""

    def test_fingerprints(self) -> None:
        """CRC-64-AVRO of Apache's list; the fingerprint stands in a header of each record."""
        vectors.needed()
        want = vectors.expected("avro/schema-canonical-fingerprint.txt")
        text = (vectors.VECTORS / "avro/schema-canonical-fingerprint.txt").read_text(encoding="utf-8")
        found = re.findall(r"<<INPUT ([^\n]*)\n<<canonical [^\n]*\n<<fingerprint (-?\d+)", text)
        assert len(found) >= 20
        assert len(re.findall(r"^<<fingerprint ", text, re.MULTILINE)) == want["fingerprints"]
        for schema, number in found:
            parsed = json.loads(schema)
            hexed = fastavro.schema.fingerprint(
                fastavro.schema.to_parsing_canonical_form(parsed), "CRC-64-AVRO"
            )
            assert int.from_bytes(bytes.fromhex(hexed), "little", signed=True) == int(number), schema

    def test_single_object(self) -> None:
        """Header, fingerprint and body of Apache's single-object file."""
        vectors.needed()
        want = vectors.expected("avro/single-object-v1.bin")
        schema = codec.schema_of(json.loads((vectors.VECTORS / "avro/single-object-v1.avsc").read_text()))
        value = (vectors.VECTORS / "avro/single-object-v1.bin").read_bytes()
        assert value[:10].hex() == want["header_hex"] == "c301" + schema.fingerprint
        assert codec.decode(schema, value[10:]) == want["record"]

    def test_bodies_out_of_container_files(self) -> None:
        """Each record of the plain weather file survives our encode and decode."""
        vectors.needed()
        data = (vectors.VECTORS / "avro/weather.avro").read_bytes()
        reader = fastavro.reader(io.BytesIO(data))
        schema = codec.schema_of(json.loads((vectors.VECTORS / "avro/weather.avsc").read_text()))
        records: list[Any] = list(reader)
        assert [one["station"] for one in records] == vectors.expected("avro/weather.avro")["stations"]
        assert [codec.decode(schema, codec.encode(schema, one)) for one in records] == records

    def test_the_recursive_file_is_refused_by_its_schema(self) -> None:
        """We never decode with a schema that can recurse."""
        vectors.needed()
        data = (vectors.VECTORS / "avro/fastavro-recursive.avro").read_bytes()
        schema = fastavro.reader(io.BytesIO(data)).writer_schema
        with pytest.raises(Stop, match="itself"):
            codec.schema_of(schema)
