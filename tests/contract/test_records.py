"""The pydantic models say what the .avsc files say, field by field."""

from __future__ import annotations

import types
from typing import Annotated, Any, get_args, get_origin

import pytest
from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from schemas import compat
from schemas.records import TOP_LEVEL, regional
from schemas.records.base import Record

PLAIN = {str: {"string"}, bool: {"boolean"}, int: {"int", "long"}, bytes: {"bytes", "fixed"}}
ABSENT = object()


@pytest.mark.parametrize("name", sorted(compat.current()))
def test_the_model_has_the_fields_of_the_schema(name: str) -> None:
    """Names in the same order, types, nullability, defaults and descriptions."""
    document = compat.current()[name].document
    assert list(differences(TOP_LEVEL[name], document, compat.node_of(document).names)) == []


def test_there_is_a_model_of_every_record() -> None:
    """No topic without a model and no model without a topic."""
    assert set(TOP_LEVEL) == set(compat.current())


def test_a_record_cannot_be_changed_or_given_unknown_fields() -> None:
    """Frozen; and what the contract does not know is refused."""
    command = {"id": "c-1", "action": "resync", "by": "beheer", "at": 1}
    made = regional.Command.model_validate(command)
    with pytest.raises(ValidationError, match="frozen"):
        made.action = "pause"  # type: ignore[misc]
    with pytest.raises(ValidationError, match="Extra inputs"):
        regional.Command.model_validate({**command, "extra": 1})
    with pytest.raises(ValidationError, match="less than"):
        regional.Command.model_validate({**command, "at": 2**63})


def test_the_comparison_sees_a_difference() -> None:
    """The test above can fail: another default, type and doc are all found."""
    document = compat.current()["zeven.control.Command"].document
    document["fields"][0]["doc"] = "Other words."
    document["fields"][1]["type"] = "long"
    document["fields"][2]["default"] = "project"
    found = " ".join(differences(regional.Command, document, {}))
    assert all(word in found for word in ("id: other doc", "action: <class", "kind: other default"))


def differences(model: type[Record], document: dict[str, Any], names: dict[str, Any]) -> Any:
    """What the model and the schema do not agree on, with its place."""
    fields = {field["name"]: field for field in document["fields"]}
    if list(model.model_fields) != list(fields):
        yield f"{model.AVRO}: {list(model.model_fields)} is not {list(fields)}"
        return
    if model.__doc__ != document["doc"]:
        yield f"{model.AVRO}: other doc"
    for name, info in model.model_fields.items():
        field = fields[name]
        if info.description != field["doc"]:
            yield f"{model.AVRO}.{name}: other doc"
        if default_of(info) != field.get("default", ABSENT):
            yield f"{model.AVRO}.{name}: other default"
        annotation = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
        yield from (f"{model.AVRO}.{name}: {one}" for one in of_type(annotation, field["type"], names))


def default_of(info: FieldInfo) -> Any:
    """The default as Avro writes it."""
    if info.default is PydanticUndefined:
        return ABSENT
    return list(info.default) if isinstance(info.default, tuple) else info.default


def of_type(annotation: Any, node: Any, names: dict[str, Any]) -> Any:
    """What an annotation and a schema node do not agree on."""
    node = names.get(node, node) if isinstance(node, str) else node
    bounds = list(get_args(annotation)[1:]) if get_origin(annotation) is Annotated else []
    annotation = get_args(annotation)[0] if bounds else annotation
    if isinstance(node, list):
        branches = get_args(annotation) if isinstance(annotation, types.UnionType) else None
        if branches is None and "Union" not in str(get_origin(annotation)):
            yield "is not nullable"
            return
        first, last = get_args(annotation)
        if last is not type(None) or node[0] != "null":
            yield "is not nullable the same way"
        yield from of_type(first, node[1], names)
    elif isinstance(node, dict) and node["type"] == "array":
        if get_origin(annotation) is not tuple or get_args(annotation)[1] is not Ellipsis:
            yield "is no tuple"
            return
        yield from of_type(get_args(annotation)[0], node["items"], names)
    elif isinstance(node, dict) and node["type"] == "record":
        if not (isinstance(annotation, type) and issubclass(annotation, Record)):
            yield "is no record"
            return
        yield from differences(annotation, node, names)
    else:
        kind = node["type"] if isinstance(node, dict) else node
        if kind not in PLAIN.get(annotation, ()):
            yield f"{annotation} is no {kind}"
        wide = {"int": 2**31 - 1, "long": 2**63 - 1}.get(kind)
        if wide is not None and f"le={wide}" not in str(bounds).lower():
            yield f"is not bounded as {kind}"
        if kind == "fixed" and f"max_length={node['size']}" not in str(bounds):
            yield "has another size"
