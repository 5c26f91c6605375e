"""The three words for a failure: try again, set aside, stop. Each says what, where, and what to do."""

from __future__ import annotations


class ZevenError(Exception):
    """A failure a person can read: `what` happened, `where`, and how to mend it (`fix`)."""

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        self.what, self.where, self.fix = what, where, fix
        super().__init__(what)

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        advice = f" {self.fix}" if self.fix else ""
        return f"{self.what}{place}.{advice}"


class Retry(ZevenError):
    """It may work later; `after_s` is the earliest sensible moment in seconds, if the other side said so."""

    def __init__(self, what: str, *, where: str = "", fix: str = "", after_s: float | None = None) -> None:
        super().__init__(what, where=where, fix=fix)
        self.after_s = after_s


class Reject(ZevenError):
    """The record cannot be used; it goes to `rejected` with its bytes, and the rest goes on."""

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        fix: str = "",
        field: str | None = None,
        expected: str | None = None,
        got: str | None = None,
    ) -> None:
        super().__init__(what, where=where, fix=fix)
        self.field, self.expected, self.got = field, expected, got


class Stop(ZevenError):
    """Going on would do harm or cannot work; the process ends and says why."""
