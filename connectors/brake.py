"""The brake of a connector: much that vanishes at once is held until a steward approves.

Stands between evidence of absence and removal. A rule on counts; what is held and who approved it is kept in
the connector's memory.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Brake(BaseModel):
    """How much may vanish in one look without asking."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    share: float = Field(0.2, gt=0, le=1, description="Largest share of the live records of a kind.")
    absolute: int = Field(50, ge=1, description="Largest number of records of a kind.")
    always: int = Field(2, ge=0, description="So few removals are never held, however short the list is.")

    def holds(self, vanished: int, live: int) -> str | None:
        """Why `vanished` of `live` records are held, or None when they may go."""
        if vanished <= self.always:
            return None
        if vanished > self.absolute:
            return f"{vanished} of {live} records vanished at once; more than {self.absolute} are held"
        if vanished > self.share * live:
            return f"{vanished} of {live} records vanished at once; more than {self.share:.0%} are held"
        return None
