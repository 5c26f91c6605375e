"""One step of the notices stage as a plain function: what is remembered, what comes in, what is to be told.

A redirect is no removal: the version before it stays remembered, so that a thing that parts again is only
told of when it differs. A removed thing is forgotten; when it comes back it is new.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from streams.notices.rules import FIRST_LOOK, Verdict, evaluate, next_told, notice_id
from streams.notices.subscriptions import Subscription
from streams.notices.versions import Version, text_of, title_of

Told = Mapping[str, Mapping[str, Any]]


class Kept(NamedTuple):
    """What is remembered of a thing: the version last judged, where it was redirected to, what was told."""

    version: Version | None
    redirect: str | None = None
    told: Told = MappingProxyType({})

    def text(self) -> str:
        """As JSON text, for the state topic."""
        return text_of({"version": self.version, "redirect": self.redirect, "told": dict(self.told)})

    @classmethod
    def of(cls, text: str | bytes) -> Kept:
        """From JSON text."""
        found = orjson.loads(text)
        return cls(found["version"], found["redirect"], found["told"])


class Seen(NamedTuple):
    """What a national topic says now; neither version nor redirect: it was removed."""

    version: Version | None
    redirect: str | None
    cause: str


class Step(NamedTuple):
    """What to remember from now on, and the notices that follow."""

    kept: Kept | None
    notices: list[dict[str, Any]]


class Thing(NamedTuple):
    """Which record it is, and the number of this evaluation."""

    id: str
    kind: str
    evaluation: int


def judge(
    subscriptions: Iterable[Subscription], thing: Thing, kept: Kept | None, seen: Seen, now_ms: int
) -> Step | None:
    """The step from what is remembered to what is seen; None when nothing moved."""
    if seen.redirect is not None:
        if kept is not None and kept.redirect == seen.redirect:
            return None
        return Step(Kept(kept.version if kept else None, seen.redirect, kept.told if kept else {}), [])
    if seen.version is None:
        if kept is None:
            return None
        if kept.redirect is not None:
            return Step(None, [])
    elif kept is not None and kept.redirect is None and kept.version == seen.version:
        return None
    before = kept.version if kept else None
    return _told(subscriptions, thing, Kept(before, None, kept.told if kept else {}), seen, now_ms)


def _told(subscriptions: Iterable[Subscription], thing: Thing, kept: Kept, seen: Seen, now_ms: int) -> Step:
    notices, told = [], {}
    for one in subscriptions:
        known = kept.told.get(one.id, {})
        verdict = evaluate(one, kept.version, seen.version, seen.cause, known)
        if verdict.tell:
            notices.append(_notice(one.id, thing, kept.version, seen, verdict, now_ms))
        moved = next_told(one, kept.version, seen.version, known, verdict.tell)
        if moved:
            told[one.id] = moved
    return Step(None if seen.version is None else Kept(seen.version, None, told), notices)


def _notice(
    subscription: str, thing: Thing, before: Version | None, seen: Seen, verdict: Verdict, now_ms: int
) -> dict[str, Any]:
    shown = seen.version or before or {}
    hubs = list(shown["hubs"])
    return {
        "id": notice_id(subscription, thing.id, before, seen.version, thing.evaluation),
        "subscription": subscription,
        "national_id": thing.id,
        "kind": thing.kind,
        "what": verdict.what,
        "cause": seen.cause,
        "evaluation": thing.evaluation,
        "before": None if before is None else text_of(before),
        "after": None if seen.version is None else text_of(seen.version),
        "changes": verdict.changes,
        "hubs": hubs,
        "sample": bool(shown["sample"]),
        "title": title_of(shown),
        "created_at": now_ms,
        "group": f"{FIRST_LOOK}:{hubs[0] if hubs else 'national'}" if verdict.what == FIRST_LOOK else None,
    }
