"""Who may act: every refusal, without a clock, a file or a door."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from schemas.errors import Reject
from streams.view import access
from streams.view.access import INVITATION, SESSION, STEWARD, TOKEN, Credential, Refusal, Written
from streams.view.keyring import Keyring

HOUR_MS = 3_600_000
HERE = "https://zeven.example.org"
SECRET = "s" * 43


def kept(**changed: object) -> Credential:
    """A session of a steward, made at 0, over after an hour."""
    made = Credential(
        "a" * 16, SESSION, STEWARD, "redactie", access.digest_of(SECRET), 0, HOUR_MS, None, None, ""
    )
    return made._replace(**changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "now", "idle_ms", "said"),
    [
        ({}, 1, None, None),
        ({"used_at": 5}, 6, None, None),
        ({"ended_at": 1}, 2, None, Refusal.ENDED),
        ({}, HOUR_MS - 1, None, None),
        ({}, HOUR_MS, None, Refusal.EXPIRED),
        ({}, 99, 100, None),
        ({}, 100, 100, Refusal.IDLE),
        ({"used_at": 50}, 149, 100, None),
        ({"used_at": 50}, 150, 100, Refusal.IDLE),
        ({"kind": TOKEN}, 1, None, Refusal.UNKNOWN),
    ],
)
def test_a_credential_holds_until_it_does_not(
    changed: dict[str, object], now: int, idle_ms: int | None, said: Refusal | None
) -> None:
    """Ended, over, idle, of another kind."""
    assert access.judge(kept(**changed), Written(SESSION, "a" * 16, SECRET), now, idle_ms) is said


def test_an_invitation_holds_once() -> None:
    """Used is used, though it is not over."""
    shown = Written(INVITATION, "a" * 16, SECRET)
    assert access.judge(kept(kind=INVITATION), shown, 1) is None
    assert access.judge(kept(kind=INVITATION, used_at=1), shown, 2) is Refusal.USED


def test_who_does_not_know_the_secret_learns_nothing() -> None:
    """An unknown id and a wrong secret are alike, whatever became of the credential."""
    wrong = Written(SESSION, "a" * 16, "x" * 43)
    assert access.judge(None, wrong, 1) is Refusal.UNKNOWN
    for changed in ({}, {"ended_at": 1}, {"expires_at": 0}, {"used_at": 1}):
        assert access.judge(kept(**changed), wrong, 2) is Refusal.UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        "",
        "zeven-session-" + "a" * 16,
        f"zeven-session-{'A' * 16}-{SECRET}",
        f"zeven-token-{'a' * 16}-{SECRET}",
        f"zeven-session-{'a' * 16}-{SECRET} ",
        f"zeven-session-{'a' * 16}-{SECRET}\n",
        f"zeven-session-{'a' * 16}-{'é' * 43}",
        "zeven-session-" + "a" * 10_000,
    ],
)
def test_what_is_no_session_is_not_looked_up(text: str) -> None:
    assert access.read(SESSION, text) is None


def test_a_credential_reads_as_it_was_written() -> None:
    assert access.read(SESSION, access.written(SESSION, "a" * 16, SECRET)) == (SESSION, "a" * 16, SECRET)


def test_roles_stand_above_each_other() -> None:
    """An operator may do all; who has no known role, nothing."""
    needs = {role: [access.may(role, needed) for needed in access.ROLES] for role in (*access.ROLES, "baas")}
    assert needs["reader"] == [True, False, False]
    assert needs["steward"] == [True, True, False]
    assert needs["operator"] == [True, True, True]
    assert needs["baas"] == [False, False, False]


def test_a_decision_names_a_role_and_no_mailbox() -> None:
    assert access.role_named("redactie@example.org") == "redactie"
    assert access.role_named("Redactie") == "Redactie"
    for role, holder in (
        ("baas", "redactie"),
        (STEWARD, ""),
        (STEWARD, "@x"),
        (STEWARD, "<b>"),
        (STEWARD, "x" * 99),
    ):
        with pytest.raises(Reject):
            access.checked(role, holder)


@pytest.mark.parametrize(
    ("headers", "believed"),
    [
        ({}, False),
        ({"origin": HERE}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "same-origin", "origin": HERE}, True),
        ({"origin": "null"}, False),
        ({"origin": "http://zeven.example.org"}, False),
        ({"origin": HERE + ".kwaad.example"}, False),
        ({"sec-fetch-site": "same-site", "origin": HERE}, False),
        ({"sec-fetch-site": "cross-site", "origin": HERE}, False),
        ({"sec-fetch-site": "none", "origin": HERE}, False),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, False),
    ],
)
def test_a_form_comes_from_our_own_pages(headers: dict[str, str], believed: bool) -> None:
    assert access.from_here(headers, HERE) is believed


def test_a_form_fits_one_session() -> None:
    """Its token does not hold the secret, and another session's does not fit."""
    token = access.form_token(SECRET)
    assert access.form_fits(SECRET, token)
    assert SECRET not in token
    for wrong in ("", token[:-1], token.upper(), access.form_token("t" * 43), "é"):
        assert not access.form_fits(SECRET, wrong)


def test_ten_wrong_secrets_within_a_minute_make_an_address_wait() -> None:
    """Only that address, and only until the oldest is a minute ago."""
    guesses = access.Guesses()
    for at in range(10):
        assert guesses.wait_ms("a", at) == 0
        guesses.wrong("a", at)
    assert guesses.wait_ms("a", 10) == 59_990
    assert guesses.wait_ms("b", 10) == 0
    assert guesses.wait_ms("a", 60_000) == 0
    guesses.wrong("a", 60_000)
    assert guesses.wait_ms("a", 60_000) == 1


def test_wrong_secrets_from_everywhere_fill_no_memory() -> None:
    guesses = access.Guesses()
    for at in range(access.REMEMBERED + 10):
        guesses.wrong(str(at), at)
    assert len(guesses._wrong) == access.REMEMBERED


def test_what_is_kept_is_for_its_owner_and_holds_no_secret(tmp_path: Path) -> None:
    """Mode 0600 in a folder 0700; no text that signs anybody in lies in the file."""
    ring = Keyring(tmp_path, lambda: 1)
    texts = [ring.issue(kind, STEWARD, "redactie", HOUR_MS)[1] for kind in access.KINDS]
    assert stat.S_IMODE(ring.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(ring.path.parent.stat().st_mode) == 0o700
    content = ring.path.read_bytes()
    assert not [text for text in texts if text.split("-", 3)[3].encode() in content]


def test_an_invitation_becomes_one_session(tmp_path: Path) -> None:
    """The second time it is used; taking it back ends the session that began with it."""
    ring = Keyring(tmp_path, lambda: 1)
    made, text = ring.issue(INVITATION, STEWARD, "redactie", HOUR_MS)
    session = ring.redeem(text, HOUR_MS)
    assert not isinstance(session, Refusal)
    assert ring.redeem(text, HOUR_MS) is Refusal.USED
    assert isinstance(ring.shown(SESSION, session[1]), Credential)
    assert [one.kind for one in ring.revoke(made.id, INVITATION)] == [INVITATION, SESSION]
    assert ring.shown(SESSION, session[1]) is Refusal.ENDED
    with pytest.raises(Reject, match="holds"):
        ring.revoke(made.id, INVITATION)


def test_what_is_long_over_is_forgotten(tmp_path: Path) -> None:
    """Ninety days after its end a session leaves the file."""
    now = [0]
    ring = Keyring(tmp_path, lambda: now[0])
    ring.issue(SESSION, STEWARD, "redactie", HOUR_MS)
    now[0] = 91 * 24 * HOUR_MS
    ring.issue(SESSION, STEWARD, "redactie", HOUR_MS)
    assert len(ring.known(SESSION)) == 1
