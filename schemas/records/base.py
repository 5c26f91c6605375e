"""What all records have in common: frozen, no unknown fields, and the plain types of Avro with their bounds."""

from __future__ import annotations

from typing import Annotated, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item")
Several = tuple[Item, ...]
Int = Annotated[int, Field(strict=True, ge=-(2**31), le=2**31 - 1)]
Long = Annotated[int, Field(strict=True, ge=-(2**63), le=2**63 - 1)]
Digest = Annotated[bytes, Field(strict=True, min_length=16, max_length=16)]


class Record(BaseModel):
    """A record of the contract; `AVRO` is its full name there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    AVRO: ClassVar[str]
