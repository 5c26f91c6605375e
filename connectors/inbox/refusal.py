"""A refusal as a problem document (RFC 9457), Dutch first. Pure."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

CONTENT_TYPE: Final = "application/problem+json"
TYPES: Final = "urn:nld:zeven:inbox:"


class Problem(NamedTuple):
    """What is wrong, for programs (`status`, `code`) and for people (`nl`, `en`)."""

    status: int
    code: str
    nl: str
    en: str

    def document(self, **more: Any) -> dict[str, Any]:
        """As RFC 9457 has it."""
        words = {"title": f"{self.nl} / {self.en}", "status": self.status}
        return {"type": f"{TYPES}{self.code}", **words, **more}


class Refused(Exception):
    """A request that is not followed; `detail` says of what, `after_s` when to come again."""

    def __init__(self, problem: Problem, detail: str = "", after_s: float | None = None) -> None:
        super().__init__(problem.code)
        self.problem, self.detail, self.after_s = problem, detail, after_s


NOWHERE: Final = Problem(404, "nowhere", "Dit adres is er niet", "There is no such address")
NO_TOKEN: Final = Problem(401, "token", "Geen geldig token", "No valid token")
NAME: Final = Problem(404, "name", "Zo heet het bestand van deze bron niet", "The source has another file")
TOO_LARGE: Final = Problem(413, "too-large", "Te groot", "Too large")
PACKED: Final = Problem(
    415, "packed", "Stuur het bestand zelf, onverpakt", "Send the file itself, neither packed nor as a form"
)
HALF: Final = Problem(400, "half", "Het bestand is niet heel aangekomen", "The file did not arrive whole")
SLOW: Final = Problem(408, "slow", "Het duurt te lang", "It takes too long")
DIGEST: Final = Problem(
    400, "digest", "Het bestand is niet wat de afzender stuurde", "The file is not what the sender sent"
)
UNREADABLE: Final = Problem(
    422, "unreadable", "Het bestand kan niet worden gelezen", "The file cannot be read"
)
UNKNOWN: Final = Problem(404, "unknown", "Deze upload is er niet", "There is no such upload")
GONE: Final = Problem(410, "gone", "Deze upload is weggegooid of verlopen", "Thrown away or expired")
SUPERSEDED: Final = Problem(409, "superseded", "Er is een latere upload", "There is a later upload")
CHANGED: Final = Problem(
    409, "changed", "Sinds de voorvertoning is er iets veranderd", "Something changed since the preview"
)
NOT_READ: Final = Problem(
    409, "not-read", "De vorige aanvulling is nog niet gelezen", "The addition before it is not read yet"
)
DONE: Final = Problem(409, "published", "Deze upload is al gepubliceerd", "It is published already")
BUSY: Final = Problem(503, "busy", "Het is te druk", "Too busy")
PREVIEWING: Final = Problem(429, "previewing", "Er loopt al een voorvertoning", "A preview is being made")
AWAY: Final = Problem(503, "away", "Nu niet mogelijk", "Not possible now")
SIGNATURE: Final = Problem(401, "signature", "De handtekening klopt niet", "The signature does not hold")
STALE: Final = Problem(401, "stale", "De handtekening is te oud", "The signature is too old")
GARBAGE: Final = Problem(400, "garbage", "Dit zijn geen gebeurtenissen", "These are no events")
FULL: Final = Problem(429, "full", "Het postvak is vol", "The inbox is full")
EVERY: Final = (
    *(NOWHERE, NO_TOKEN, NAME, TOO_LARGE, PACKED, HALF, SLOW, DIGEST, UNREADABLE, UNKNOWN, GONE, SUPERSEDED),
    *(CHANGED, NOT_READ, DONE, BUSY, PREVIEWING, AWAY, SIGNATURE, STALE, GARBAGE, FULL),
)
