"""The records of the contract as frozen pydantic models, for programs that prefer objects to dicts.

The `.avsc` files are the truth; a test compares every field with them. Hot paths use plain dicts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas.records import linked, national, office, regional, stages
from schemas.records.base import Record

TOP_LEVEL: Final[Mapping[str, type[Record]]] = {
    model.AVRO: model
    for model in (
        regional.Project,
        regional.Event,
        regional.Membership,
        regional.Checked,
        regional.Rejected,
        regional.Command,
        linked.Project,
        linked.Event,
        linked.Membership,
        linked.Organisation,
        national.Project,
        national.Event,
        national.Membership,
        national.Organisation,
        national.Overview,
        stages.Keys,
        stages.Identity,
        stages.Redirect,
        stages.Doubt,
        stages.IdentifyState,
        stages.NoticesState,
        office.Decision,
        office.Objection,
        office.Outcome,
        office.Row,
        stages.Notice,
        stages.Delivery,
        stages.Progress,
    )
}
