"""What the stages keep and tell: identities, notices, deliveries, progress."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, StrictBool, StrictStr

from schemas.records.base import Digest, Int, Long, Record, Several
from schemas.records.parts import Change, ChannelState, EndOffset, Named, Pending, Thing


class Keys(Record):
    """The things one source record speaks of."""

    AVRO: ClassVar[str] = "zeven.identity.Keys"

    hub: StrictStr = Field(description="Hub.")
    kind: StrictStr = Field(description="Kind of the source record.")
    source_id: StrictStr = Field(description="Id of the source record.")
    digest: Digest = Field(description="Digest of the things.")
    things: Several[Thing] = Field(default=(), description="The things.")


class Identity(Record):
    """Which national things a source record speaks of; the memory of ids."""

    AVRO: ClassVar[str] = "zeven.identity.Identity"

    hub: StrictStr = Field(description="Hub.")
    kind: StrictStr = Field(description="Kind of the source record.")
    source_id: StrictStr = Field(description="Id of the source record.")
    digest: Digest = Field(description="Digest of the keys that are answered.")
    gone: StrictBool = Field(
        default=False,
        description=("True when the source record is deleted; kept so that it can come back to its id."),
    )
    things: Several[Named] = Field(default=(), description="The things with their national ids.")


class Redirect(Record):
    """A national id that another took over."""

    AVRO: ClassVar[str] = "zeven.identity.Redirect"

    id: StrictStr = Field(description="Losing national id; also the Kafka key.")
    kind: StrictStr = Field(description="Kind of the thing.")
    to: StrictStr = Field(description="National id that took over.")
    at: Long = Field(description="When, epoch milliseconds.")


class Doubt(Record):
    """An identity key that would put two things together that cannot be one."""

    AVRO: ClassVar[str] = "zeven.identity.Doubt"

    kind: StrictStr = Field(description="Kind of the things.")
    key: StrictStr = Field(description="The key that they share; it joins none of them.")
    sources: Several[StrictStr] = Field(
        description="One source (hub|kind|source id) per thing that has the key."
    )
    at: Long = Field(description="Since when, epoch milliseconds.")


class IdentifyState(Record):
    """Where a source record may be linked; written before the linked records."""

    AVRO: ClassVar[str] = "zeven.identify.State"

    hub: StrictStr = Field(description="Hub.")
    kind: StrictStr = Field(description="Kind of the source record.")
    source_id: StrictStr = Field(description="Id of the source record.")
    batch: Long = Field(description="Number of the batch that wrote this.")
    done: Long = Field(description="Highest batch known to be written in full when this was written.")
    holders: Several[Named] = Field(default=(), description="Every national id that may hold it.")


class NoticesState(Record):
    """The last evaluated version of a national record."""

    AVRO: ClassVar[str] = "zeven.notices.State"

    id: StrictStr = Field(description="National id; also the Kafka key.")
    kind: StrictStr = Field(description="Kind of the thing.")
    batch: Long = Field(description="Number of the batch that wrote this.")
    done: Long = Field(description="Highest batch known to be written in full when this was written.")
    evaluation: Long = Field(description="Number of this evaluation, from 1.")
    sequence: Long = Field(description="Sequence of the version evaluated.")
    last: StrictStr | None = Field(
        default=None, description=("The version evaluated, as JSON text; null when it was removed.")
    )
    pending: Several[Pending] = Field(default=(), description="Notices of this evaluation.")


class Notice(Record):
    """What one subscription should hear about one national record."""

    AVRO: ClassVar[str] = "zeven.notice.Notice"

    id: StrictStr = Field(
        description=(
            "Hash of subscription, national id, before, after and evaluation; also the Kafka key and the "
            "webhook-id."
        )
    )
    subscription: StrictStr = Field(description="Subscription it is for.")
    national_id: StrictStr = Field(description="National id.")
    kind: StrictStr = Field(description="Kind of the thing.")
    what: StrictStr = Field(description="new, changed, ended, cancelled, removed or first-look.")
    cause: StrictStr = Field(description="Cause of the change.")
    evaluation: Long = Field(description="Number of the evaluation.")
    before: StrictStr | None = Field(default=None, description="Version before, as JSON text.")
    after: StrictStr | None = Field(default=None, description="Version after, as JSON text.")
    changes: Several[Change] = Field(default=(), description="Fields that differ.")
    hubs: Several[StrictStr] = Field(default=(), description="Hubs that say so.")
    sample: StrictBool = Field(description="True for invented data (voorbeelddata).")
    title: StrictStr = Field(description="Title of the thing, Dutch first.")
    created_at: Long = Field(description="Epoch milliseconds.")
    group: StrictStr | None = Field(
        default=None,
        description=("Notices with the same group are delivered as one summary, such as first-look:<hub>."),
    )


class Delivery(Record):
    """The ledger: what became of a notice."""

    AVRO: ClassVar[str] = "zeven.notice.Delivery"

    notice_id: StrictStr = Field(description="Id of the notice; also the Kafka key.")
    subscription: StrictStr = Field(description="Subscription.")
    state: StrictStr = Field(description="pending, delivered, failed, suppressed or summarised.")
    reason: StrictStr | None = Field(
        default=None, description=("Why it was suppressed, or which summary it went out with.")
    )
    channels: Several[ChannelState] = Field(default=(), description="Per channel.")
    updated_at: Long = Field(description="Epoch milliseconds.")


class Progress(Record):
    """Input offsets a stage has done and that are acknowledged downstream."""

    AVRO: ClassVar[str] = "zeven.progress.Progress"

    stage: StrictStr = Field(description="Stage.")
    task: Int = Field(description="Task (partition).")
    offsets: Several[EndOffset] = Field(
        default=(), description="Per input partition, offset of the next record."
    )
    at: Long = Field(description="Epoch milliseconds.")
