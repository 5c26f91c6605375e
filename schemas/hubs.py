"""A hub as the other rooms know it: what its manifest says of who it is, handed from room to room."""

from __future__ import annotations

from typing import NamedTuple


class Hub(NamedTuple):
    """One of the regional hubs; `confirmed` is false where no source names it as one of the seven.

    `office` is the national office: an origin like a hub, with topics of its own, but no region.
    """

    slug: str
    nl: str
    en: str
    aliases: tuple[str, ...] = ()
    provinces: tuple[str, ...] = ()
    pin: tuple[float, float] | None = None
    coordinator: str | None = None
    site: str | None = None
    confirmed: bool = True
    office: bool = False
    contact: str | None = None
    """Role mailbox; never a person's."""
