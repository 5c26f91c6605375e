"""JSON Schema beside Avro: what fits the one fits the other, judged by the jsonschema library."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from schemas import compat
from schemas.codec import Schema, decode, encode
from schemas.json_schema import json_schema
from streams.view import shapes
from tests.contract.examples import any_record, example

SCHEMAS = compat.current()


def as_json(schema: Schema, record: Any) -> Any:
    """The record as it comes from the log, in JSON."""
    return json.loads(orjson.dumps(decode(schema, encode(schema, record)), default=bytes.hex))


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_a_record_of_every_schema_fits_and_one_without_a_field_does_not(name: str) -> None:
    """Each is a valid JSON Schema; every field has to be there."""
    made = json_schema(SCHEMAS[name].document)
    Draft202012Validator.check_schema(made)
    judge = Draft202012Validator(made)
    record = as_json(SCHEMAS[name], example(SCHEMAS[name]))
    assert list(judge.iter_errors(record)) == []
    for field in record:
        assert not judge.is_valid({key: value for key, value in record.items() if key != field})
        assert not judge.is_valid(record | {field: {"no": "such"}}) or isinstance(record[field], dict)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_any_national_project_fits(data: st.DataObject) -> None:
    """With nothing, with everything, with any text."""
    schema = SCHEMAS["zeven.national.Project"]
    record = as_json(schema, data.draw(any_record(schema)))
    assert list(Draft202012Validator(json_schema(schema.document)).iter_errors(record)) == []


def test_the_door_has_an_address_for_each() -> None:
    """Beside the list of them."""
    app = FastAPI()
    shapes.attach(app)
    assert {"/api/v1/schemas", "/api/v1/schemas/{name}.json"} <= app.openapi()["paths"].keys()
