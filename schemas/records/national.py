"""The golden records: what the nation knows, and from whom."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, StrictBool, StrictStr

from schemas.records.base import Int, Long, Record, Several
from schemas.records.contents import EventContent, MembershipContent, OrganisationContent, ProjectContent
from schemas.records.parts import Contribution, FieldOrigin, Link


class Golden(Record):
    """What all golden records begin with."""

    id: StrictStr = Field(description="National id; also the Kafka key.")
    sequence: Long = Field(description=("Grows when the content changes; readers drop lower or equal ones."))
    redirect: StrictStr | None = Field(
        default=None,
        description=("National id that took over after a merge; then content is null. This is no removal."),
    )
    same_as: Several[StrictStr] = Field(default=(), description="National ids that redirect to this one.")
    sample: StrictBool = Field(description="True when any contribution is invented data (voorbeelddata).")
    cause: StrictStr = Field(description="Cause of the change that led to this version.")
    first_changed_at: Long = Field(
        description=("Earliest reading over the contributions, epoch milliseconds.")
    )
    last_changed_at: Long = Field(description="Latest change over the contributions, epoch milliseconds.")
    contributions: Several[Contribution] = Field(default=(), description="Sources behind it.")
    organisations: Several[Link] = Field(default=(), description="Organisations, as national ids.")
    origins: Several[FieldOrigin] = Field(default=(), description="Origin per field.")


class Project(Golden):
    """The golden record of one project."""

    AVRO: ClassVar[str] = "zeven.national.Project"

    content: ProjectContent | None = Field(default=None, description="Golden fields.")


class Event(Golden):
    """The golden record of one event."""

    AVRO: ClassVar[str] = "zeven.national.Event"

    content: EventContent | None = Field(default=None, description="Golden fields.")


class Membership(Golden):
    """The golden record of one membership."""

    AVRO: ClassVar[str] = "zeven.national.Membership"

    content: MembershipContent | None = Field(default=None, description="Golden fields.")


class Organisation(Golden):
    """The golden record of one organisation."""

    AVRO: ClassVar[str] = "zeven.national.Organisation"

    content: OrganisationContent | None = Field(default=None, description="Golden fields.")


class Overview(Record):
    """One cell of a table of the overview, as far as one task counts it; the figure is the sum over the tasks."""

    AVRO: ClassVar[str] = "zeven.national.Overview"

    table: StrictStr = Field(description="Table (reference/overview_tables).")
    values: Several[StrictStr] = Field(
        default=(),
        description=(
            "Value per dimension of the table; not-reported and not-assigned are cells of their own. A year with "
            "a plus, such as 2024+, is from that year on, without an end."
        ),
    )
    task: Int = Field(description="Task (partition) that counts here.")
    records: Long = Field(description="Distinct records in this cell.")
    samples: Long = Field(description="How many of them are invented data (voorbeelddata).")
    value: Long = Field(default=0, description="Sum of the indicator, in a table of indicators.")
    sample_value: Long = Field(default=0, description="The part of the sum that is from invented data.")
