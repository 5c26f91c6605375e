"""Digest, bucket and bucket hash, computed a second time with nothing but hashlib, json and the .avsc files."""

from __future__ import annotations

import json
from copy import deepcopy
from hashlib import blake2b
from importlib.resources import files
from typing import Any

import pytest

from schemas import compat, digest

FILE = json.loads(files("schemas").joinpath("digest_vectors.json").read_text(encoding="utf-8"))
VECTORS = FILE["vectors"]
NAMES = [vector["what"] for vector in VECTORS]
ABSENT = object()


def blake(text: str) -> bytes:
    """BLAKE2b-128."""
    return blake2b(text.encode(), digest_size=16).digest()


def bare(node: Any, value: Any, names: dict[str, Any]) -> Any:
    """A value without what equals the default in the schema: our reading of the rule, not the product's."""
    if isinstance(node, str):
        return bare(names[node], value, names) if node in names else value
    if isinstance(node, list):
        return None if value is None else bare(node[1], value, names)
    if node["type"] == "array":
        return [bare(node["items"], item, names) for item in value]
    if node["type"] != "record":
        return value
    return {
        field["name"]: bare(field["type"], value[field["name"]], names)
        for field in node["fields"]
        if value[field["name"]] != field.get("default", ABSENT)
    }


def independently(vector: dict[str, Any]) -> str:
    """Canonical JSON of what a record states."""
    document = compat.current()[vector["schema"]].document
    names = compat.node_of(document).names
    types = {field["name"]: field["type"] for field in document["fields"]}
    stated = {name: bare(types[name], value, names) for name, value in vector["record"].items()}
    return json.dumps(stated, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@pytest.mark.parametrize("vector", VECTORS, ids=NAMES)
def test_the_vectors_follow_from_the_rules_alone(vector: dict[str, Any]) -> None:
    """Another program can make the same numbers from the description."""
    assert vector["canonical"] == independently(vector)
    assert vector["digest"] == blake(vector["canonical"]).hex()
    name = f"{vector['kind']}|{vector['source_id']}"
    assert vector["bucket"] == blake(name)[0]
    assert vector["bucket_hash"] == blake(f"{name}|{vector['digest']}").hex()


@pytest.mark.parametrize("vector", VECTORS, ids=NAMES)
def test_the_product_makes_the_numbers_of_the_vectors(vector: dict[str, Any]) -> None:
    """`schemas.digest` agrees with the vectors."""
    found = digest.content_digest(vector["schema"].removeprefix("zeven."), vector["record"])
    kind, source_id = vector["kind"], vector["source_id"]
    assert found.hex() == vector["digest"]
    assert digest.bucket_of(kind, source_id) == vector["bucket"]
    assert f"{digest.bucket_hash(kind, source_id, found):032x}" == vector["bucket_hash"]


def test_the_hashes_of_a_bucket_add_up_in_any_order() -> None:
    """The sum wraps at 2^128, and taking one away undoes adding it."""
    hashes = [int(vector["bucket_hash"], 16) for vector in VECTORS]
    total = sum(hashes) % digest.MODULUS
    assert f"{total:032x}" == FILE["sum_of_hashes"]
    assert sum(hashes) >= digest.MODULUS, "the vectors must show the wrapping"
    assert (total - hashes[0]) % digest.MODULUS == sum(hashes[1:]) % digest.MODULUS


@pytest.mark.parametrize("vector", VECTORS, ids=NAMES)
def test_every_stated_value_counts(vector: dict[str, Any]) -> None:
    """Turning the sample mark, adding a key or another title gives another digest."""
    schema = vector["schema"].removeprefix("zeven.")
    sample, keys = deepcopy(vector["record"]), deepcopy(vector["record"])
    sample["sample"] = not sample["sample"]
    keys["keys"].append("url:voorbeeld.example/nog-een")
    found = {digest.content_digest(schema, one).hex() for one in (vector["record"], sample, keys)}
    assert len(found) == 3


def test_what_is_not_stated_does_not_count() -> None:
    """Times of capture, revision and cause change no digest."""
    record = {**VECTORS[0]["record"], "revision": 5, "cause": "resync", "origin": {"read_at": 1}}
    assert digest.content_digest("regional.Project", record).hex() == VECTORS[0]["digest"]
