"""Who may act at the door of the view: rules on credentials and on where a form comes from, with the clock given.

A credential is written `zeven-KIND-ID-SECRET`. The id finds it, the secret proves it; only a hash of the secret is
kept. The secret is 256 random bits, so one round of SHA-256 is enough: there is nothing to guess from a list.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import OrderedDict, deque
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from schemas.errors import Reject

READER: Final = "reader"
STEWARD: Final = "steward"
OPERATOR: Final = "operator"
ROLES: Final = (READER, STEWARD, OPERATOR)
"""Each may do what those before it may."""

INVITATION: Final = "invitation"
SESSION: Final = "session"
TOKEN: Final = "token"  # noqa: S105 (a kind, no secret)
KINDS: Final = (INVITATION, SESSION, TOKEN)
_WRITTEN: Final = re.compile(r"zeven-(invitation|session|token)-([0-9a-f]{16})-([A-Za-z0-9_-]{43})")
_NOBODY: Final = bytes(32)
GUESSES: Final = 10
GUESSES_MS: Final = 60_000
REMEMBERED: Final = 10_000
IN_ADDRESS: Final = frozenset({"access_token", "token", "bearer", "authorization", "api_key"})


class Refusal(StrEnum):
    """Why a credential does not hold; for the log, never for who asks."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    IDLE = "idle"
    USED = "used"
    ENDED = "ended"


class Credential(NamedTuple):
    """What is kept of one; times in epoch milliseconds."""

    id: str
    kind: str
    role: str
    holder: str
    digest: bytes
    made_at: int
    expires_at: int
    used_at: int | None
    ended_at: int | None
    parent: str


class Written(NamedTuple):
    """A credential as who holds it shows it."""

    kind: str
    id: str
    secret: str


def written(kind: str, credential_id: str, secret: str) -> str:
    """The text that is shown once."""
    return f"zeven-{kind}-{credential_id}-{secret}"


def read(kind: str, text: str) -> Written | None:
    """The parts of such a text, or None when it is none."""
    found = _WRITTEN.fullmatch(text) if len(text) < 100 else None
    return Written(*found.groups()) if found is not None and found[1] == kind else None


def digest_of(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).digest()


def judge(found: Credential | None, shown: Written, now: int, idle_ms: int | None = None) -> Refusal | None:
    """Whether a credential holds; who does not know the secret learns nothing of its state."""
    kept = _NOBODY if found is None else found.digest
    if not hmac.compare_digest(kept, digest_of(shown.secret)) or found is None or found.kind != shown.kind:
        return Refusal.UNKNOWN
    if found.ended_at is not None:
        return Refusal.ENDED
    if found.kind == INVITATION and found.used_at is not None:
        return Refusal.USED
    if now >= found.expires_at:
        return Refusal.EXPIRED
    last = found.made_at if found.used_at is None else found.used_at
    return Refusal.IDLE if idle_ms is not None and now - last >= idle_ms else None


def may(role: str, needed: str) -> bool:
    """Whether a role is enough."""
    return role in ROLES and ROLES.index(role) >= ROLES.index(needed)


def role_named(holder: str) -> str:
    """What stands in a decision for who holds a credential: a role, so of a role mailbox the part before @."""
    return holder.partition("@")[0] or STEWARD


def checked(role: str, holder: str) -> None:
    """Raises `Reject` for a role that is none, or a holder that cannot stand in a record."""
    if role not in ROLES:
        raise Reject(f"There is no role {role}", field="role", fix=f"Roles are {', '.join(ROLES)}.")
    if not re.fullmatch(r"[\w.+@ -]{2,80}", holder) or holder.startswith("@"):
        raise Reject(
            f"{holder!r} is no role",
            field="for",
            fix="Give a role mailbox or the name of a role, such as redactie@example.org or data-steward.",
        )


def form_token(secret: str) -> str:
    """What every form of a session carries: it follows from the secret of the session and tells nothing of it."""
    return hmac.new(secret.encode(), b"zeven form", hashlib.sha256).hexdigest()


def form_fits(secret: str, said: str) -> bool:
    """Whether a form was made for this session."""
    return hmac.compare_digest(form_token(secret).encode(), said.encode())


def from_here(headers: Mapping[str, str], own: str) -> bool:
    """Whether a browser says that a form comes from our own pages; one that says nothing is not believed."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is None and origin is None:
        return False
    return site in (None, "same-origin") and origin in (None, own)


class Guesses:
    """Wrong secrets per address within a minute; who made too many waits, whatever comes next."""

    def __init__(self, limit: int = GUESSES, window_ms: int = GUESSES_MS) -> None:
        self._limit, self._window = limit, window_ms
        self._wrong: OrderedDict[str, deque[int]] = OrderedDict()

    def wrong(self, address: str, now: int) -> None:
        """A wrong secret came from there."""
        self._wrong.setdefault(address, deque(maxlen=self._limit)).append(now)
        self._wrong.move_to_end(address)
        while len(self._wrong) > REMEMBERED:
            self._wrong.popitem(last=False)

    def wait_ms(self, address: str, now: int) -> int:
        """How long this address has to wait, 0 for not at all."""
        found = self._wrong.get(address)
        if found is None or len(found) < self._limit:
            return 0
        return max(0, found[0] + self._window - now)
