"""Who is at the door: a program by its bearer token, a person by the cookie of a session; whoever acts needs a role.

Reading needs nobody. What is refused says the same for every reason; the reason is in the log, without secrets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import parse_qs

import structlog
from fastapi import Depends, Request, Response

from schemas.errors import Reject
from schemas.settings import Page
from streams.view import access
from streams.view.access import SESSION, TOKEN, Credential, Refusal
from streams.view.keyring import Keyring
from streams.view.rows import site_of

BODY_MAX: Final = 65_536
FIELDS_MAX: Final = 300
FORM_HEADER: Final = "x-zeven-form"
FORM: Final = "application/x-www-form-urlencoded"
HOUR_MS: Final = 3_600_000


class Refused(Exception):
    """Nobody may do this so; `what` and `fix` are for who asked."""

    def __init__(self, status: int, what: str, fix: str, headers: dict[str, str] | None = None) -> None:
        self.status, self.what, self.fix, self.headers = status, what, fix, headers or {}
        super().__init__(what)


class Who(NamedTuple):
    """Who acts: the credential, and for a person the secret of the session."""

    credential: Credential
    secret: str | None = None

    @property
    def by(self) -> str:
        """The role that stands in a decision."""
        return access.role_named(self.credential.holder)

    @property
    def form(self) -> str:
        """What the forms of this session carry."""
        return access.form_token(self.secret) if self.secret else ""


class Guard:
    """Asks who it is, for every request that needs somebody."""

    def __init__(self, ring: Keyring, page: Page, clock: Callable[[], int]) -> None:
        self.ring, self._page, self._clock = ring, page, clock
        self._guesses = access.Guesses()
        self._log = structlog.get_logger("access")
        self.secure = page.public_url.startswith("https://")
        self.cookie = "__Host-zeven" if self.secure else "zeven-session"

    def who(self, request: Request, needed: str) -> Who:
        """Who asks. Raises `Refused` unless it is somebody with this role."""
        if access.IN_ADDRESS & {name.lower() for name in request.query_params}:
            self.note(request, "refused", reason="secret in an address")
            fix = "Send it as `Authorization: Bearer …`; revoke this one, for addresses end up in logs."
            raise Refused(400, "A token does not belong in an address", fix)
        said = request.headers.get("authorization")
        found = self._session(request) if said is None else self._token(request, said)
        if not access.may(found.credential.role, needed):
            self.note(request, "refused", reason="role", credential=found.credential.id, needed=needed)
            raise Refused(
                403, f"This needs the role {needed}", "Ask the operator for an invitation or a token."
            )
        return found

    def acting(self, request: Request, needed: str, form: str | None = None) -> Who:
        """Who writes; of a person also that it is one of our own pages that asks."""
        found = self.who(request, needed)
        if found.secret is None:
            return found
        said = request.headers.get(FORM_HEADER, "") if form is None else form
        if not self.from_here(request) or not access.form_fits(found.secret, said):
            self.note(request, "refused", reason="form", credential=found.credential.id)
            raise Refused(
                403, "This form is not one of this session", "Open the page again and send it from there."
            )
        return found

    def from_here(self, request: Request) -> bool:
        """Whether a browser sends this from one of our own pages."""
        return access.from_here(request.headers, self._page.public_url or site_of(request))

    def sign_in(self, request: Request, code: str) -> str:
        """The text of a new session for an invitation. Raises `Refused`."""
        self._patience(request)
        found = self.ring.redeem(code.strip(), self._page.session_h * HOUR_MS)
        if isinstance(found, Refusal):
            raise self._refused(request, found)
        self.note(request, "signed in", credential=found[0].id, role=found[0].role)
        return found[1]

    def sign_out(self, request: Request, who: Who) -> None:
        """The session is over."""
        self.ring.end(who.credential.id)
        self.note(request, "signed out", credential=who.credential.id)

    def keep(self, answer: Response, session: str) -> None:
        """Put the cookie of a session on an answer; it ends with the browser, the session maybe before."""
        answer.set_cookie(
            self.cookie, session, httponly=True, samesite="strict", secure=self.secure, path="/"
        )

    def drop(self, answer: Response) -> None:
        """Take the cookie away."""
        answer.delete_cookie(self.cookie, httponly=True, samesite="strict", secure=self.secure, path="/")

    def note(self, request: Request, event: str, **more: Any) -> None:
        """A line for the operator: who did what, from where; never a secret."""
        self._log.info(event, address=_address(request), path=request.url.path.split("/sign-in")[0], **more)

    def _token(self, request: Request, said: str) -> Who:
        self._patience(request)
        scheme, _, text = said.partition(" ")
        found = self.ring.shown(TOKEN, text.strip()) if scheme.lower() == "bearer" else Refusal.UNKNOWN
        if isinstance(found, Refusal):
            raise self._refused(request, found)
        return Who(found)

    def _session(self, request: Request) -> Who:
        text = request.cookies.get(self.cookie)
        if text is None:
            raise _unknown("Nobody is signed in")
        self._patience(request)
        found = self.ring.shown(SESSION, text, self._page.session_idle_min * 60_000)
        if isinstance(found, Refusal):
            raise self._refused(request, found)
        shown = access.read(SESSION, text)
        return Who(found, shown.secret if shown else None)

    def _patience(self, request: Request) -> None:
        wait_ms = self._guesses.wait_ms(_address(request), self._clock())
        if wait_ms:
            headers = {"Retry-After": str(wait_ms // 1000 + 1)}
            raise Refused(429, "Too many wrong attempts from this address", "Wait a minute.", headers)

    def _refused(self, request: Request, why: Refusal) -> Refused:
        self.note(request, "refused", reason=str(why))
        if why is Refusal.UNKNOWN:
            self._guesses.wrong(_address(request), self._clock())
        return _unknown("This is not valid, or not any more")


def _unknown(what: str) -> Refused:
    fix = "A person signs in with a new invitation; a program sends `Authorization: Bearer …` with a token that holds."
    return Refused(401, what, fix, {"WWW-Authenticate": "Bearer"})


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


async def body_of(request: Request) -> bytes:
    """The body of a request. Raises `Refused` when it is too long."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX:
            raise Refused(413, f"More than {BODY_MAX} bytes were sent", "Send less.")
    return body


class Form(dict[str, list[str]]):
    """What a form says, by name."""

    def one(self, name: str) -> str:
        """The first value of a name, or nothing."""
        return self.get(name, [""])[0]


async def _form(request: Request) -> Form:
    if request.headers.get("content-type", "").partition(";")[0].strip() != FORM:
        raise Refused(415, "This is not a form of the page", f"Send {FORM}.")
    try:
        text = (await body_of(request)).decode()
        return Form(parse_qs(text, keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict"))
    except ValueError as fault:
        raise Reject(f"The form cannot be read: {fault}", fix="Open the page again.") from fault


Filled = Annotated[Form, Depends(_form)]
