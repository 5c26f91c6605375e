"""What a hub says: its records, its life signs, and what of it cannot be used; and orders to its connector."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, StrictBool, StrictBytes, StrictStr

from schemas.records.base import Digest, Int, Long, Record, Several
from schemas.records.contents import EventContent, MembershipContent, ProjectContent
from schemas.records.parts import Bucket, EndOffset, KindLook, Mention, Origin


class Stated(Record):
    """What all regional records begin with."""

    source_id: StrictStr = Field(description="Id of the record at its source; also the Kafka key.")
    revision: Long = Field(
        description=("max(previous + 1, epoch milliseconds at reading); grows per source id.")
    )
    digest: Digest = Field(description=("Digest of what is stated: sample, keys, organisations and content."))
    sample: StrictBool = Field(description="True for invented data (voorbeelddata).")
    cause: StrictStr = Field(
        description=("Why it was published: source, first-load, resync, mapping, repair or steward.")
    )
    keys: Several[StrictStr] = Field(
        default=(), description="Identity keys of the record itself, strongest first."
    )
    organisations: Several[Mention] = Field(default=(), description="Organisations it speaks of.")
    origin: Origin = Field(description="Where it comes from and when it was seen.")


class Project(Stated):
    """The full current state of one project at one source of one hub. The hub is the topic, never a field."""

    AVRO: ClassVar[str] = "zeven.regional.Project"

    content: ProjectContent = Field(description="What the source states.")


class Event(Stated):
    """The full current state of one event at one source of one hub. The hub is the topic, never a field."""

    AVRO: ClassVar[str] = "zeven.regional.Event"

    content: EventContent = Field(description="What the source states.")


class Membership(Stated):
    """The full current state of one membership at one source of one hub. The hub is the topic, never a field."""

    AVRO: ClassVar[str] = "zeven.regional.Membership"

    content: MembershipContent = Field(description="What the source states.")


class Checked(Record):
    """Life sign and manifest of a hub's connector, after every look."""

    AVRO: ClassVar[str] = "zeven.regional.Checked"

    hub: StrictStr = Field(description="Hub; also the Kafka key.")
    look: Long = Field(description="Number of the look, from 1.")
    started_at: Long = Field(description="Epoch milliseconds.")
    finished_at: Long = Field(description="Epoch milliseconds.")
    state: StrictStr = Field(description=("live, idle, partial, failing or held: the worst over the kinds."))
    sample: StrictBool = Field(description="True for invented data (voorbeelddata).")
    first_look: StrictBool = Field(description="True until one look of every kind was complete.")
    interval_s: Int = Field(description="Seconds between looks.")
    freshness_target_s: Int = Field(description="Age in seconds after which the hub counts as stale.")
    release: StrictStr = Field(description="Release of the connector and digest of its mapping.")
    kinds: Several[KindLook] = Field(default=(), description="Per kind.")
    offsets: Several[EndOffset] = Field(
        default=(), description="End of every own regional partition after the look."
    )
    buckets: Several[Bucket] = Field(
        default=(), description="Manifest at those offsets; empty buckets are left out."
    )


class Rejected(Record):
    """Something that cannot be used, with its bytes and how to mend it."""

    AVRO: ClassVar[str] = "zeven.rejected.Rejected"

    stage: StrictStr = Field(description="Where it was rejected: connector, identify, fold or notices.")
    hub: StrictStr = Field(description="Hub.")
    kind: StrictStr = Field(description="project, event or membership.")
    source_id: StrictStr = Field(description="Source id, or the row when there is none.")
    topic: StrictStr | None = Field(default=None, description="Topic of the record.")
    partition: Int | None = Field(default=None, description="Partition.")
    offset: Long | None = Field(default=None, description="Offset.")
    row: StrictStr | None = Field(default=None, description="Page and row at the source.")
    field: StrictStr | None = Field(default=None, description="Field at fault.")
    expected: StrictStr | None = Field(default=None, description="What was expected.")
    got: StrictStr | None = Field(default=None, description="What was there, shortened.")
    cause: StrictStr = Field(description="What is wrong.")
    fix: StrictStr = Field(description="How to mend it.")
    original: StrictBytes = Field(description="Original bytes, at most 64 KiB.")
    revision: Long | None = Field(default=None, description="Revision, when known.")
    at: Long = Field(description="Epoch milliseconds.")


class Command(Record):
    """An order to a hub's connector."""

    AVRO: ClassVar[str] = "zeven.control.Command"

    id: StrictStr = Field(description="Id of the command; also the Kafka key.")
    action: StrictStr = Field(description="approve, undo, pause, resume, resync or republish.")
    kind: StrictStr | None = Field(default=None, description="Kind it is about.")
    source_ids: Several[StrictStr] = Field(default=(), description="Ids it is about; empty for all.")
    by: StrictStr = Field(description="Who asked: a role, never a person.")
    at: Long = Field(description="Epoch milliseconds.")
    since: Long | None = Field(
        default=None, description="Only what its source changed since, epoch milliseconds."
    )
