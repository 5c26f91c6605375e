"""Who wants to hear of what: subscriptions as TOML files, one per working group or team.

A file says which records concern it (`where`), which changes it wants to hear of (`rule`), by which channels
and in which language. The folder is named by the settings; without one the set in `defaults/` holds, which
sends to the local receivers. A secret is named by a file or a variable, never written in a subscription.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from schemas.codec import load as schema_named
from schemas.errors import Stop
from schemas.reference import lists
from schemas.settings import Settings

DEFAULTS = Path(__file__).parent / "defaults"
BESIDE_CONTENT = frozenset({"id", "kind", "sample", "hubs", "organisations", "what"})
Kind = Literal["project", "event", "membership", "organisation"]
Op = Literal["is", "contains", "changed", "from", "to", "before", "after", "moved-more-than"]
Cause = Literal["source", "first-load", "resync", "mapping", "repair", "steward"]


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str | int | bool) else value


class Frozen(BaseModel):
    """A part of a subscription; an unknown name is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(Frozen):
    """A name in both languages."""

    nl: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Condition(Frozen):
    """One demand on a field: `value` is one value or a list of which one must fit."""

    field: str
    op: Op
    value: Annotated[tuple[str | int | bool, ...], BeforeValidator(_as_tuple)] = ()
    days: int | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.op == "moved-more-than":
            if self.days is None:
                raise ValueError("moved-more-than wants days = a number")
        elif self.op == "changed":
            if self.value:
                raise ValueError("changed takes no value; use from or to")
        elif not self.value:
            raise ValueError(f"{self.op} wants a value")
        return self


class Rule(Frozen):
    """Demands joined by any or all; without demands it holds."""

    any: tuple[Condition | Rule, ...] = ()
    all: tuple[Condition | Rule, ...] = ()

    def conditions(self) -> list[Condition]:
        """Every demand in it, at any depth."""
        found: list[Condition] = []
        for part in (*self.any, *self.all):
            found += [part] if isinstance(part, Condition) else part.conditions()
        return found


class Webhook(Frozen):
    """A signed POST to an address; the secret lies in a file or a variable."""

    type: Literal["webhook"]
    url: str = Field(pattern=r"^https?://[^\s]+$")
    secret_file: Path | None = None
    secret_env: str | None = None

    @model_validator(mode="after")
    def _named_secret(self) -> Self:
        if (self.secret_file is None) == (self.secret_env is None):
            raise ValueError("a webhook wants either secret_file or secret_env")
        return self


class Mail(Frozen):
    """A mail to role mailboxes."""

    type: Literal["mail"]
    to: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+$")], ...], BeforeValidator(_as_tuple)
    ] = Field(min_length=1)


Channel = Annotated[Webhook | Mail, Field(discriminator="type")]


class Subscription(Frozen):
    """What one working group or team wants to hear, and how."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,62}$")
    name: Words
    kinds: tuple[Kind, ...] = ("project", "event", "membership")
    where: Rule = Rule()
    rule: Rule = Rule()
    causes: tuple[Cause, ...] = ("source",)
    language: Literal["nl", "en"] = "nl"
    channels: tuple[Channel, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _known_fields(self, info: ValidationInfo) -> Self:
        known = BESIDE_CONTENT.union(*(content_fields(kind) for kind in self.kinds))
        for condition in (*self.where.conditions(), *self.rule.conditions()):
            if condition.field.partition(".")[0] not in known:
                raise ValueError(f"no field {condition.field}; known are {', '.join(sorted(known))}")
            _check_listed(condition, info.context)
        types = [channel.type for channel in self.channels]
        if len(types) != len(set(types)):
            raise ValueError("at most one channel of each type; make a second subscription for more")
        return self

    def distances(self) -> tuple[str, ...]:
        """Fields whose distance from what was last told decides."""
        return tuple(sorted({c.field for c in self.rule.conditions() if c.op == "moved-more-than"}))


def _check_listed(condition: Condition, hubs: frozenset[str] | None) -> None:
    """Refuse a value that no record can have. Raises `ValueError`."""
    names = lists.LISTED.get(condition.field, ())
    allowed = frozenset[str]().union(*(lists.slugs(name) for name in names))
    if condition.field == "hubs":
        allowed = hubs or frozenset()
    unknown = [value for value in condition.value if value not in allowed] if allowed else []
    if unknown:
        listed = ", ".join(sorted(allowed))
        raise ValueError(f"{condition.field} is never {unknown[0]}; it is one of {listed}")


@cache
def content_fields(kind: str) -> frozenset[str]:
    """Names of the content fields of a kind, from its schema."""
    document = schema_named(f"{kind.capitalize()}Content").document
    return frozenset(field["name"] for field in document["fields"])


def places(settings: Settings) -> dict[str, str]:
    """What `{receivers}` and `{data}` stand for in a subscription."""
    return {
        "receivers": f"{settings.notices.smtp_host}:{settings.ports.webhook}",
        "data": str(settings.data),
    }


def parse(
    text: str, where: str, values: Mapping[str, str] | None = None, hubs: Iterable[str] | None = None
) -> Subscription:
    """One subscription from TOML text, which may name these hubs. Raises `Stop` that names every fault."""
    try:
        document = _filled(tomllib.loads(text), values or {})
        return Subscription.model_validate(document, context=frozenset(hubs) if hubs is not None else None)
    except tomllib.TOMLDecodeError as fault:
        raise Stop("The subscription is no TOML", where=where, fix=f"{fault}.") from fault
    except ValidationError as invalid:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in invalid.errors())
        raise Stop(f"The subscription has faults: {faults}", where=where, fix="Mend the file.") from invalid


def _filled(node: Any, values: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {name: _filled(item, values) for name, item in node.items()}
    if isinstance(node, list):
        return [_filled(item, values) for item in node]
    if isinstance(node, str):
        for name, value in values.items():
            node = node.replace(f"{{{name}}}", value)
    return node


def folder_of(settings: Settings) -> Path:
    """Where the subscriptions lie: the folder of the settings, else of the data, else the default set."""
    if settings.notices.folder is not None:
        return settings.notices.folder
    own = settings.data / "subscriptions"
    return own if own.is_dir() else DEFAULTS


def load(settings: Settings, hubs: Iterable[str] | None = None) -> tuple[Subscription, ...]:
    """All subscriptions, by id; they may name these hubs. Raises `Stop` when the folder or a file cannot be used."""
    folder = folder_of(settings)
    if not folder.is_dir():
        raise Stop(
            "There is no folder with subscriptions", where=str(folder), fix="Set ZEVEN_NOTICES_FOLDER."
        )
    found: dict[str, Subscription] = {}
    known = None if hubs is None else frozenset(hubs)
    for path in sorted(folder.glob("*.toml")):
        one = parse(path.read_text(encoding="utf-8"), str(path), places(settings), known)
        if one.id in found:
            raise Stop(f"Two subscriptions are called {one.id}", where=str(path), fix="Give one another id.")
        found[one.id] = one
    return tuple(found[name] for name in sorted(found))
