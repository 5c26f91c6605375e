"""What goes out by a channel, and what became of one try."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Result = Literal["delivered", "refused", "unknown", "failed", "gone"]


@dataclass(frozen=True)
class Message:
    """One notice, ready to send: the same bytes at every try."""

    id: str
    subscription: str
    event: bytes
    subject: str
    plain: str
    html: str
    list_name: str
    created_at: int


@dataclass(frozen=True)
class Outcome:
    """Delivered; refused for now; unknown (sent, no answer); failed for good; gone: stop sending here."""

    result: Result
    error: str | None = None
    after_s: float | None = None


DELIVERED = Outcome("delivered")


class Sink(Protocol):
    """A way out for one subscription."""

    def send(self, message: Message) -> Outcome:
        """Try once; never raises for what the other side does."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
