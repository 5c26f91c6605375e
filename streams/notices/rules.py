"""Should this subscription hear of this change? Plain functions on two versions of a national record.

`where` says which records concern the subscription; it must hold before or after. `rule` says which changes
it wants: `is`, `contains`, `before` and `after` look at the version after (before, when it was removed);
`changed`, `from`, `to` and `moved-more-than` compare two versions and never hold for a new or removed one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from schemas.digest import blake
from streams.notices.subscriptions import Condition, Rule, Subscription
from streams.notices.versions import Version, changes_of, text_of

FIRST_LOOK = "first-look"
CANCELLED = frozenset({"cancelled", "stopped"})
ENDED = frozenset({"completed"})


@dataclass(frozen=True)
class Verdict:
    """Whether to tell, what happened, which fields differ, and the reason in words."""

    tell: bool
    what: str
    why: str
    changes: list[dict[str, str | None]] = field(default_factory=list)


@dataclass(frozen=True)
class Change:
    """Two versions, what happened between them, and what a distance is measured from."""

    before: Version | None
    after: Version | None
    what: str
    told: Mapping[str, Any] = field(default_factory=dict)


def what_of(before: Version | None, after: Version | None, cause: str) -> str:
    """new, changed, ended, cancelled, removed or first-look."""
    if after is None:
        return "removed"
    if before is None:
        return FIRST_LOOK if cause == "first-load" else "new"
    old, new = before["content"], after["content"]
    if old.get("status") != new.get("status"):
        if new.get("status") in CANCELLED:
            return "cancelled"
        if new.get("status") in ENDED:
            return "ended"
    if after["kind"] == "membership" and old.get("end") is None and new.get("end") is not None:
        return "ended"
    return "changed"


def evaluate(
    subscription: Subscription,
    before: Version | None,
    after: Version | None,
    cause: str,
    told: Mapping[str, Any] | None = None,
) -> Verdict:
    """Judge one change for one subscription; `told` gives what it was last told of fields with a distance."""
    changes = changes_of(before, after)
    what = what_of(before, after, cause)
    kind = str((after or before or {}).get("kind"))
    if before is None and after is None:
        return Verdict(False, what, "there is nothing to tell")
    if kind not in subscription.kinds:
        return Verdict(False, what, f"it does not ask for kind {kind}", changes)
    if not any(_concerns(subscription.where, version, what) for version in (before, after) if version):
        return Verdict(False, what, "it does not concern this subscription (where)", changes)
    if what == FIRST_LOOK:
        return Verdict(True, what, "first look: part of one summary", changes)
    if cause not in subscription.causes:
        return Verdict(False, what, f"the cause is {cause}, not {' or '.join(subscription.causes)}", changes)
    if before is not None and after is not None and not changes:
        return Verdict(False, what, "no field differs", changes)
    if not holds(subscription.rule, Change(before, after, what, told or {})):
        return Verdict(False, what, "its rule does not hold", changes)
    return Verdict(True, what, "it concerns this subscription and its rule holds", changes)


def _concerns(where: Rule, version: Version, what: str) -> bool:
    return holds(where, Change(None, version, what))


def holds(rule: Rule, change: Change) -> bool:
    """Whether a rule holds for a change."""

    def one(part: Condition | Rule) -> bool:
        if isinstance(part, Rule):
            return holds(part, change)
        return _OPS[part.op](part, change)

    return all(one(part) for part in rule.all) and (not rule.any or any(one(part) for part in rule.any))


def value_at(version: Version | None, path: str) -> Any:
    """The value of a field such as `status`, `title.nl` or `organisations`; None without one."""
    if version is None:
        return None
    first, *rest = path.split(".")
    content = version["content"]
    value = content.get(first) if first in content else version.get(first)
    for name in rest:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _scalars(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return [scalar for item in value.values() for scalar in _scalars(item)]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [scalar for item in value for scalar in _scalars(item)]
    return [] if value is None else [value]


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _same(value: Any, wanted: Sequence[Any]) -> bool:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return {_folded(scalar) for scalar in _scalars(value)} == {_folded(item) for item in wanted}
    return any(_folded(scalar) == _folded(item) for scalar in _scalars(value) for item in wanted)


def _now(condition: Condition, change: Change) -> Any:
    if condition.field == "what":
        return change.what
    return value_at(change.after if change.after is not None else change.before, condition.field)


def _is(condition: Condition, change: Change) -> bool:
    return _same(_now(condition, change), condition.value)


def _contains(condition: Condition, change: Change) -> bool:
    value = _now(condition, change)
    inside = not isinstance(value, list)  # a text contains its parts, a list only whole values

    def fits(scalar: Any, wanted: Any) -> bool:
        if isinstance(scalar, str) and isinstance(wanted, str):
            return scalar.casefold() == wanted.casefold() or (
                inside and wanted.casefold() in scalar.casefold()
            )
        return bool(scalar == wanted)

    return any(fits(scalar, wanted) for scalar in _scalars(value) for wanted in condition.value)


def _two(condition: Condition, change: Change) -> tuple[Any, Any] | None:
    if change.before is None or change.after is None:
        return None
    pair = value_at(change.before, condition.field), value_at(change.after, condition.field)
    return pair if pair[0] != pair[1] else None


def _changed(condition: Condition, change: Change) -> bool:
    return _two(condition, change) is not None


def _from(condition: Condition, change: Change) -> bool:
    pair = _two(condition, change)
    return pair is not None and _same(pair[0], condition.value)


def _to(condition: Condition, change: Change) -> bool:
    pair = _two(condition, change)
    return pair is not None and _same(pair[1], condition.value)


def moment(value: Any) -> datetime | None:
    """A day or instant as UTC moment; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        if len(value) == len("2027-01-01"):
            day = date.fromisoformat(value)
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _date_before(condition: Condition, change: Change) -> bool:
    have, limit = moment(_now(condition, change)), moment(condition.value[0])
    return have is not None and limit is not None and have < limit


def _date_after(condition: Condition, change: Change) -> bool:
    have, limit = moment(_now(condition, change)), moment(condition.value[0])
    return have is not None and limit is not None and have > limit


def _moved(condition: Condition, change: Change) -> bool:
    if change.before is None or change.after is None or condition.days is None:
        return False
    known = change.told.get(condition.field, value_at(change.before, condition.field))
    old, new = moment(known), moment(value_at(change.after, condition.field))
    return old is not None and new is not None and abs((new - old).total_seconds()) > condition.days * 86_400


_OPS: Mapping[str, Callable[[Condition, Change], bool]] = {
    "is": _is,
    "contains": _contains,
    "changed": _changed,
    "from": _from,
    "to": _to,
    "before": _date_before,
    "after": _date_after,
    "moved-more-than": _moved,
}


def next_told(
    subscription: Subscription,
    before: Version | None,
    after: Version | None,
    told: Mapping[str, Any],
    tell: bool,
) -> dict[str, Any]:
    """What it was last told of its fields with a distance, where that differs from the version after."""
    if tell or before is None or after is None:
        return {}
    kept = {name: told.get(name, value_at(before, name)) for name in subscription.distances()}
    return {name: value for name, value in kept.items() if value != value_at(after, name)}


def notice_id(
    subscription: str, national_id: str, before: Version | None, after: Version | None, evaluation: int
) -> str:
    """The one id of a notice, whatever happens to its delivery."""
    return f"n-{blake(text_of([subscription, national_id, before, after, evaluation])).hex()}"
