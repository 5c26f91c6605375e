"""What one source says of one national record: the contributions that the fold joins."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, StrictBool, StrictStr

from schemas.records.base import Digest, Long, Record, Several
from schemas.records.contents import EventContent, MembershipContent, OrganisationContent, ProjectContent
from schemas.records.parts import Link, Origin


class Linked(Record):
    """What all contributions begin with."""

    national_id: StrictStr = Field(description="National id this contribution belongs to.")
    hub: StrictStr = Field(description="Hub it comes from.")
    source_kind: StrictStr = Field(description="Kind of the source record: project, event or membership.")
    source_id: StrictStr = Field(description="Id of the source record.")
    local: StrictStr = Field(description="Label of the mention; empty for the source record itself.")
    revision: Long = Field(description="Revision of the source record.")
    digest: Digest = Field(description="Digest of the source record.")
    sample: StrictBool = Field(description="True for invented data (voorbeelddata).")
    cause: StrictStr = Field(description="Cause of the source record.")
    unreadable_since: Long | None = Field(
        default=None,
        description=("Set when a newer version at the source cannot be read, epoch milliseconds."),
    )
    organisations: Several[Link] = Field(
        default=(), description="Organisations it speaks of, as national ids."
    )
    origin: Origin = Field(description="Where it comes from and when it was seen.")


class Project(Linked):
    """What one source says of one national project."""

    AVRO: ClassVar[str] = "zeven.linked.Project"

    content: ProjectContent = Field(description="What the source states.")


class Event(Linked):
    """What one source says of one national event."""

    AVRO: ClassVar[str] = "zeven.linked.Event"

    content: EventContent = Field(description="What the source states.")


class Membership(Linked):
    """What one source says of one national membership."""

    AVRO: ClassVar[str] = "zeven.linked.Membership"

    content: MembershipContent = Field(description="What the source states.")


class Organisation(Linked):
    """What one source says of one national organisation."""

    AVRO: ClassVar[str] = "zeven.linked.Organisation"

    content: OrganisationContent = Field(description="What the source states.")
