"""The parts that the records of several topics share: origins, mentions, links, counts."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, StrictBool, StrictBytes, StrictStr

from schemas.records.base import Digest, Int, Long, Record, Several


class Origin(Record):
    """Where a source record comes from and when it was seen."""

    AVRO: ClassVar[str] = "zeven.Origin"

    address: StrictStr = Field(
        description=("Address of the record at the source (web page, API address, or file and row).")
    )
    changed_at: Long | None = Field(
        default=None, description="When the source says it changed, epoch milliseconds."
    )
    first_seen_at: Long = Field(
        description=("When the connector first saw this source id, epoch milliseconds.")
    )
    read_at: Long = Field(description="When the connector read this state, epoch milliseconds.")


class Mention(Record):
    """An organisation that a source record speaks of."""

    AVRO: ClassVar[str] = "zeven.Mention"

    local: StrictStr = Field(
        description=(
            "Label of this mention, stable and unique within the source record: strongest key, else "
            "name:<normalised name>."
        )
    )
    name: StrictStr = Field(description="Name as the source writes it.")
    role: StrictStr = Field(
        description=(
            "What the organisation is here: coordinator, partner, invited, member, organiser, funder."
        )
    )
    via: StrictStr | None = Field(
        default=None, description=("Through whom it takes part, for instance Taskforce Digital.")
    )
    helix: StrictStr | None = Field(default=None, description="Kind of organisation, see reference/helix.")
    website: StrictStr | None = Field(default=None, description="Address of its website.")
    place: StrictStr | None = Field(default=None, description="Municipality of its seat.")
    keys: Several[StrictStr] = Field(
        default=(), description=("Identity keys of the organisation, strongest first, such as ror:02e2c7k09.")
    )


class Link(Record):
    """An organisation as a national id."""

    AVRO: ClassVar[str] = "zeven.Link"

    id: StrictStr = Field(description="National id of the organisation.")
    name: StrictStr = Field(description="Name as the source writes it.")
    role: StrictStr = Field(description="What the organisation is here.")
    via: StrictStr | None = Field(default=None, description="Through whom it takes part.")


class Losing(Record):
    """A value that was not chosen."""

    AVRO: ClassVar[str] = "zeven.Losing"

    hub: StrictStr = Field(description="Hub that says it.")
    source_id: StrictStr = Field(description="Source record that says it.")
    value: StrictStr = Field(description="The value as JSON text.")


class FieldOrigin(Record):
    """Who a field of the golden record comes from."""

    AVRO: ClassVar[str] = "zeven.FieldOrigin"

    field: StrictStr = Field(
        description=("Name of the content field; * stands for all of them when there is one contribution.")
    )
    hub: StrictStr = Field(description="Hub whose value was chosen.")
    source_kind: StrictStr = Field(description="Kind of the source record.")
    source_id: StrictStr = Field(description="Source record whose value was chosen.")
    changed_at: Long | None = Field(
        default=None, description="When that source says it changed, epoch milliseconds."
    )
    rule: StrictStr = Field(
        description=("Survivorship rule that chose: only, agreed, most-recent, longest, union ...")
    )
    losing: Several[Losing] = Field(default=(), description="Values that were not chosen.")


class Contribution(Record):
    """One source behind a national record."""

    AVRO: ClassVar[str] = "zeven.Contribution"

    hub: StrictStr = Field(description="Hub.")
    source_kind: StrictStr = Field(description="Kind of the source record.")
    source_id: StrictStr = Field(description="Id of the source record.")
    local: StrictStr = Field(description="Label of the mention; empty for the source record itself.")
    revision: Long = Field(description="Revision that was used.")
    digest: Digest = Field(description="Digest that was used.")
    address: StrictStr = Field(description="Address at the source.")
    changed_at: Long | None = Field(
        default=None, description="When the source says it changed, epoch milliseconds."
    )
    read_at: Long = Field(description="When it was read, epoch milliseconds.")
    unreadable_since: Long | None = Field(
        default=None,
        description=("Set when a newer version at the source cannot be read, epoch milliseconds."),
    )


class Bucket(Record):
    """Count and hash over the live records whose id falls in one bucket."""

    AVRO: ClassVar[str] = "zeven.Bucket"

    kind: StrictStr = Field(description="project, event or membership.")
    bucket: Int = Field(description="First byte of BLAKE2b of kind|source id.")
    count: Long = Field(description="Number of records.")
    hash: Digest = Field(
        description=("Sum modulo 2^128 of BLAKE2b-128 of kind|source id|digest in hex, big-endian.")
    )


class EndOffset(Record):
    """A position in a topic."""

    AVRO: ClassVar[str] = "zeven.EndOffset"

    topic: StrictStr = Field(description="Topic.")
    partition: Int = Field(description="Partition.")
    offset: Long = Field(description="Offset of the next record.")


class KindLook(Record):
    """What a look found of one kind."""

    AVRO: ClassVar[str] = "zeven.KindLook"

    kind: StrictStr = Field(description="project, event or membership.")
    source: StrictStr = Field(description="Kind of source system.")
    state: StrictStr = Field(description="live, idle, partial, failing or held.")
    complete: StrictBool = Field(description="True when the look saw the whole source.")
    read: Long = Field(description="Rows read.")
    published: Long = Field(description="Rows published.")
    unchanged: Long = Field(description="Rows that had not changed.")
    rejected: Long = Field(description="Rows now standing in rejected.")
    held: Long = Field(description="Removals held for approval.")
    removed: Long = Field(description="Rows removed with evidence.")
    live: Long = Field(description="Rows alive after the look.")
    reasons: Several[StrictStr] = Field(default=(), description="Why it is not complete, in words.")
    complete_at: Long | None = Field(
        default=None, description="End of the last complete look at this kind, epoch milliseconds."
    )
    unassigned: Long = Field(
        default=0, description="Tags of this look that stand for nothing in the manifest."
    )
    left_out: Long = Field(
        default=0, description="Rows of this look that the selection of the manifest leaves out."
    )
    held_ids: Several[StrictStr] = Field(
        default=(), description="Source ids of the held removals, the first 50 by id."
    )


class Change(Record):
    """One field before and after."""

    AVRO: ClassVar[str] = "zeven.Change"

    field: StrictStr = Field(description="Name of the field.")
    before: StrictStr | None = Field(default=None, description="Value before, as JSON text.")
    after: StrictStr | None = Field(default=None, description="Value after, as JSON text.")


class ChannelState(Record):
    """How far one channel is."""

    AVRO: ClassVar[str] = "zeven.ChannelState"

    channel: StrictStr = Field(description="webhook, mail ...")
    state: StrictStr = Field(description="pending, sending, unknown, delivered, failed or suppressed.")
    attempts: Int = Field(description="Number of tries.")
    next_at: Long | None = Field(default=None, description="Next try, epoch milliseconds.")
    delivered_at: Long | None = Field(default=None, description="Epoch milliseconds.")
    error: StrictStr | None = Field(default=None, description="Last error, for people.")


class Named(Record):
    """A thing with its national id."""

    AVRO: ClassVar[str] = "zeven.identity.Named"

    kind: StrictStr = Field(description="project, event, membership or organisation.")
    local: StrictStr = Field(description="Label of the mention; empty for the source record itself.")
    id: StrictStr = Field(description="National id.")


class Thing(Record):
    """A thing a source speaks of, with its identity keys."""

    AVRO: ClassVar[str] = "zeven.identity.Thing"

    kind: StrictStr = Field(description="project, event, membership or organisation.")
    local: StrictStr = Field(description="Label of the mention; empty for the source record itself.")
    keys: Several[StrictStr] = Field(default=(), description="Identity keys, strongest first.")


class Pending(Record):
    """A notice decided on but perhaps not yet written."""

    AVRO: ClassVar[str] = "zeven.notices.Pending"

    notice_id: StrictStr = Field(description="Id of the notice.")
    subscription: StrictStr = Field(description="Subscription it is for.")
    value: StrictBytes = Field(description="The notice, Avro body of zeven.notice.Notice.")
