"""What the national office itself brings in."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, StrictStr

from schemas.records.base import Int, Long, Record, Several


class Spoken(Record):
    """A source that speaks of a thing, and on which side of a decision it stands."""

    AVRO: ClassVar[str] = "zeven.office.Spoken"

    hub: StrictStr = Field(description="Hub.")
    source_kind: StrictStr = Field(description="Kind of the source record.")
    source_id: StrictStr = Field(description="Id of the source record.")
    local: StrictStr = Field(default="", description="Label of the mention; empty for the source itself.")
    side: Int = Field(default=1, description="Things on one side are one, things on two sides are two.")


class Decision(Record):
    """What a steward of the national office decided about things, named by the sources that speak of them."""

    AVRO: ClassVar[str] = "zeven.office.Decision"

    id: StrictStr = Field(description="Id of the decision; also the Kafka key.")
    action: StrictStr = Field(description="merge, split or pin.")
    kind: StrictStr = Field(description="Kind of the things.")
    spoken: Several[Spoken] = Field(description="The sources that spoke of the things when it was decided.")
    field: StrictStr | None = Field(default=None, description="Field that is pinned.")
    value: StrictStr | None = Field(default=None, description="Its value, as JSON text.")
    reason: StrictStr = Field(description="Why, for who reads it later.")
    by: StrictStr = Field(description="Who decided: a role, never a person.")
    at: Long = Field(description="When, epoch milliseconds.")
    ids: Several[StrictStr] = Field(default=(), description="National ids of the things when it was decided.")
    withdrawn_at: Long | None = Field(
        default=None, description="Since when it no longer holds, epoch milliseconds."
    )
    withdrawn_by: StrictStr | None = Field(
        default=None, description="Who withdrew it: a role, never a person."
    )


class Column(Record):
    """A column of a row."""

    AVRO: ClassVar[str] = "zeven.office.Field"

    name: StrictStr = Field(description="Name of the column.")
    value: StrictStr = Field(description="Its value; empty for none.")


class Row(Record):
    """A row of a reference list as the national office keeps it; a release brings the rows to begin with."""

    AVRO: ClassVar[str] = "zeven.office.Row"

    list: StrictStr = Field(description="Name of the list, such as targets.")
    row: StrictStr = Field(description="Name of the row: the value of the list's first column.")
    version: Int = Field(description="Number of this version of the row, from 1; the highest holds.")
    state: StrictStr = Field(
        description=("said: as in fields. gone: there is no such row. released: as the release has it.")
    )
    fields: Several[Column] = Field(default=(), description="The row's columns.")
    reason: StrictStr = Field(description="Why, for who reads it later.")
    by: StrictStr = Field(description="Who changed it: a role, never a person.")
    at: Long = Field(description="When, epoch milliseconds.")


class Objection(Record):
    """What a hub objects to: that records are one, or what a field of the national record holds."""

    AVRO: ClassVar[str] = "zeven.office.Objection"

    id: StrictStr = Field(description="Id of the objection; also the Kafka key.")
    national_id: StrictStr = Field(description="National id of the record.")
    field: StrictStr | None = Field(
        default=None, description="Field whose value is wrong; null: it is not one thing."
    )
    reason: StrictStr = Field(description="Why, for the stewards.")
    by: StrictStr = Field(description="Who objects: a role, never a person.")
    at: Long = Field(description="When, epoch milliseconds.")


class Outcome(Record):
    """What a steward answered to an objection of a hub."""

    AVRO: ClassVar[str] = "zeven.office.Outcome"

    id: StrictStr = Field(description="Id of the objection.")
    hub: StrictStr = Field(description="The hub that objected.")
    state: StrictStr = Field(description="upheld or declined.")
    decision: StrictStr | None = Field(default=None, description="The decision that upholds it.")
    reason: StrictStr = Field(description="Why, for the hub.")
    by: StrictStr = Field(description="Who answered: a role, never a person.")
    at: Long = Field(description="When, epoch milliseconds.")
