"""The stages by name, with what each needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from schemas.settings import Settings
from streams.agents.fold import Fold
from streams.agents.identify import Identify
from streams.agents.overview import Overview
from streams.agents.resolve import Resolve
from streams.engine.stage import Stage
from streams.engine.wire import Wire
from streams.national.identify import Crosswalk


def stages_of(
    names: Iterable[str],
    settings: Settings,
    wire: Wire,
    hubs: Sequence[str],
    crosswalk: Crosswalk | None = None,
) -> list[Stage]:
    """The stages of these names, in the order of the journey."""
    partitions = settings.topics.partitions
    wanted, found = set(names), list[Stage]()
    if "identify" in wanted:
        found.append(Identify(wire, hubs, crosswalk or listed, partitions))
    if "resolve" in wanted:
        found.append(Resolve(wire, partitions))
    if "fold" in wanted:
        found.append(Fold(wire, hubs, partitions))
    if "overview" in wanted:
        found.append(Overview(wire, partitions))
    if "history" in wanted:
        from streams.agents.history import History

        found.append(History(wire, partitions, settings.topics.history_days))
    if "notices" in wanted:
        from streams.agents.notices import NoticesStage
        from streams.notices import subscriptions

        found.append(NoticesStage(subscriptions.load(settings, hubs), wire, partitions))
    return found


def listed(name: str, keys: Sequence[str]) -> str | None:
    """Slug of a known organisation by name or identity key, from the reference lists."""
    return _known(name, tuple(keys))


@lru_cache(maxsize=16_384)
def _known(name: str, keys: tuple[str, ...]) -> str | None:
    from schemas.reference import lists

    slug: str | None = lists.resolve_organisation(name, keys)
    return slug
