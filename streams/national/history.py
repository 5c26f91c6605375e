"""Beside the journey: the numbers of versions of a national record, when one began, and which are old enough to go.

A version counts until the next one begins, so it goes when the next one has been there for the whole retention:
at any moment of the retained history it is known what stood there. Pure.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Any, TypeAlias

Versions: TypeAlias = "array[int]"
"""Number and beginning (epoch milliseconds) of each version by turns, oldest first."""


def no_versions() -> Versions:
    """Of a thing that nothing is known of yet."""
    return array("q")


def next_number(versions: Versions, sequence: int) -> int:
    """Number of the version after these: its sequence, unless that would not be higher.

    A thing that came back after it ended may begin again with a sequence that it had before.
    """
    return max(sequence, versions[-2] + 1) if versions else max(sequence, 1)


def without(versions: Versions, number: int) -> Versions:
    """All but this one."""
    kept = no_versions()
    for one, since in pairs(versions):
        if one != number:
            kept.extend((one, since))
    return kept


def pairs(versions: Versions) -> Iterator[tuple[int, int]]:
    """Number and beginning of each."""
    return zip(versions[::2], versions[1::2], strict=True)


def expired(versions: Versions, ended: bool, horizon_ms: int) -> list[int]:
    """Numbers of the versions that no moment after the horizon needs; of a thing that ended also its end."""
    numbers, begun = versions[::2], versions[1::2]
    old = [one for one, after in zip(numbers[:-1], begun[1:], strict=True) if after <= horizon_ms]
    return [*old, numbers[-1]] if ended and begun[-1] <= horizon_ms else old


def ended_record(national_id: str, number: int) -> dict[str, Any]:
    """The version that says that nothing speaks of a thing any more: no content and no successor."""
    return {
        "id": national_id,
        "sequence": number,
        "redirect": None,
        "same_as": [],
        "sample": False,
        "cause": "source",
        "first_changed_at": 0,
        "last_changed_at": 0,
        "contributions": [],
        "organisations": [],
        "origins": [],
        "content": None,
    }


def is_end(record: dict[str, Any]) -> bool:
    """Whether a version says that the thing ended."""
    return record["content"] is None and record["redirect"] is None
