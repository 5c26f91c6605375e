"""Files that are uploaded over real HTTP: shown, then published; and nothing half, foreign or unseen gets through."""

from __future__ import annotations

import gzip
import socket
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from connectors.inbox.staging import HOUR_MS
from tests.support import eighth
from tests.support.inbox import OLD_TOKEN, TOKEN, Running, door
from tests.support.waiting import files_in, until

BEFORE = eighth.MEMBERS.encode()
AFTER = BEFORE + b"3;Voorbeeld Dronten (voorbeeld)\n"


class Time:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def running(tmp_path: Path, time: Time) -> Iterator[Running]:
    """A door whose folder holds a list already."""
    (tmp_path / "leden.csv").write_bytes(BEFORE)
    with door(tmp_path, time) as found:
        yield found


def held(running: Running) -> bytes:
    """What the connector would read; and nothing else lies beside it."""
    assert not list(running.settings.data.glob(".leden*"))
    return (running.settings.data / "leden.csv").read_bytes()


def staged(running: Running) -> list[Path]:
    """Files that wait."""
    return files_in(running.settings.data / "connectors" / running.manifest.hub / "uploads")


def test_an_upload_is_shown_first_and_read_only_when_it_is_published(running: Running) -> None:
    """Publishing twice is as once; the connector is told to look; the token of before still holds."""
    shown = running.upload(AFTER, token=OLD_TOKEN)
    assert shown.status_code == 201, shown.text
    told = shown.json()
    assert told["preview"]["changes"] == ["1", "2", "3"]
    assert (told["mode"], told["bytes"], held(running)) == ("snapshot", len(AFTER), BEFORE)
    for _ in range(2):
        done = running.client.post(
            running.base + told["publish"], headers={"Authorization": f"Bearer {TOKEN}"}
        )
        assert (done.status_code, done.json()["state"]) == (200, "published")
        assert held(running) == AFTER
    assert staged(running) == []
    assert list(running.inbox.waiting("file:membership")) == [""]
    assert running.step("discard", told["id"]).status_code == 409


@pytest.mark.parametrize(
    ("content", "name", "headers", "status", "code"),
    [
        (AFTER, "leden.csv", {"Authorization": "Bearer van-een-andere-hub-dit-lange-token"}, 401, "token"),
        (AFTER, "leden.csv", {"Authorization": f"Basic {TOKEN}"}, 401, "token"),
        (AFTER, "andere.csv", {}, 404, "name"),
        (AFTER, "..%2Fleden.csv", {}, 404, "name"),
        (AFTER, "%2e%2e%5cleden.csv", {}, 404, "name"),
        (AFTER, "leden.csv%00", {}, 404, "name"),
        (b"Nr;Naam\n" + b"1;x\n" * 300_000, "leden.csv", {}, 413, "too-large"),
        (gzip.compress(AFTER, mtime=0), "leden.csv", {"Content-Encoding": "gzip"}, 415, "packed"),
        (AFTER, "leden.csv", {"Content-Type": "multipart/form-data; boundary=x"}, 415, "packed"),
        (AFTER, "leden.csv", {"Content-Digest": f"sha-256=:{b64encode(b'x' * 32).decode()}:"}, 400, "digest"),
        (AFTER, "leden.csv", {"Content-Digest": "sha-256=:AAA:"}, 400, "digest"),
        (b"", "leden.csv", {}, 422, "unreadable"),
        (b"\x00\x01\x02" * 100, "leden.csv", {}, 422, "unreadable"),
        (b"Nummer;Bedrijf\n1;x\n", "leden.csv", {}, 422, "unreadable"),
        (b"Nr;Naam\n1;heel\n2", "leden.csv", {}, 422, "unreadable"),
    ],
)
def test_what_may_not_pass_is_refused_in_words_and_leaves_nothing(
    running: Running, content: bytes, name: str, headers: dict[str, str], status: int, code: str
) -> None:
    """Dutch first, as a problem document, and never the token."""
    answer = running.upload(content, name, **{"Authorization": f"Bearer {TOKEN}"} | headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.json()["type"].endswith(f":{code}")
    assert " / " in answer.json()["title"]
    assert TOKEN not in answer.text
    assert (held(running), staged(running)) == (BEFORE, [])


def test_a_body_without_announced_size_is_bounded_too_and_its_digest_is_kept(running: Running) -> None:
    """Chunks until the bound; a digest that holds is fine."""
    address = "membership/files/leden.csv"
    login = {"Authorization": f"Bearer {TOKEN}"}
    endless = running.client.post(address, content=(b"1;x\n" * 50_000 for _ in range(10)), headers=login)
    assert endless.status_code == 413
    right = f"sha-256=:{b64encode(sha256(AFTER).digest()).decode()}:"
    assert running.upload(AFTER, Content_Digest=right).status_code == 201


@pytest.mark.parametrize("ends", [b"", b"Transfer-Encoding: chunked\r\n"])
def test_an_upload_that_is_cut_off_never_counts(running: Running, ends: bytes) -> None:
    """The size was announced, or the last chunk did not come."""
    size = ends or f"Content-Length: {len(AFTER)}\r\n".encode()
    body = b"%x\r\n%s" % (len(AFTER), AFTER[:-9]) if ends else AFTER[:-9]
    head = f"POST /v1/{running.manifest.hub}/membership/files/leden.csv HTTP/1.1\r\nHost: x\r\n"
    with socket.create_connection(("127.0.0.1", running.port)) as line:
        line.sendall(head.encode() + f"Authorization: Bearer {TOKEN}\r\n".encode() + size + b"\r\n" + body)
        until(lambda: staged(running), 10, "the file is being received")
    until(lambda: not staged(running), 10, "what came is thrown away")
    assert (held(running), running.inbox.uploads()) == (BEFORE, {})
    assert running.upload(AFTER).status_code == 201


def test_only_the_last_upload_can_be_published_and_only_as_it_was_shown(running: Running, time: Time) -> None:
    """Later ones, other files in the folder, a staged file that changed, age: each is said."""
    first, second = (running.upload(AFTER).json()["id"] for _ in range(2))
    assert running.step("publish", first).json()["type"].endswith(":superseded")
    (running.settings.data / "leden.csv").write_bytes(BEFORE + b"9;Van een ander\n")
    assert running.step("publish", second).json()["type"].endswith(":changed")
    third = running.upload(AFTER).json()["id"]
    staged(running)[0].write_bytes(AFTER + b"4;Erbij\n")
    assert running.step("publish", third).status_code == 409
    fourth = running.upload(AFTER).json()["id"]
    time.now += 25 * HOUR_MS
    assert running.step("publish", fourth).json()["type"].endswith(":gone")
    assert running.step("publish", fourth).status_code == 410
    fifth = running.upload(AFTER).json()["id"]
    assert [running.step("discard", fifth).status_code for _ in range(2)] == [204, 204]
    assert running.step("publish", fifth).status_code == 410
    assert running.step("publish", "0" * 32).status_code == 404
    assert b"Van een ander" in held(running)
    assert staged(running) == []


def test_publishing_goes_on_after_a_crash_between_the_move_and_its_note(running: Running) -> None:
    upload = running.upload(AFTER).json()["id"]
    (running.settings.data / "leden.csv").write_bytes(AFTER)
    assert running.step("publish", upload).status_code == 200
    assert list(running.inbox.waiting("file:membership")) == [""]


def test_what_a_crash_left_beside_the_list_is_taken_away(tmp_path: Path, time: Time) -> None:
    """Killed while it was copied: the list is as before, and the next door tidies up."""
    rest = tmp_path / ".leden.csv.0123.part"
    rest.write_bytes(AFTER[:9])
    (tmp_path / "leden.csv").write_bytes(BEFORE)
    with door(tmp_path, time) as running:
        assert held(running) == BEFORE
        assert not rest.exists()


def test_an_addition_waits_until_the_one_before_is_read(tmp_path: Path, time: Time) -> None:
    """Else its rows would be lost: nobody has read them."""
    with door(tmp_path, time, old='mode = "snapshot"', new='mode = "addition"') as running:
        assert running.step("publish", running.upload(BEFORE).json()["id"]).status_code == 200
        again = running.upload(AFTER).json()["id"]
        refused = running.step("publish", again)
        assert (refused.status_code, refused.headers["Retry-After"]) == (409, "10")
        assert held(running) == BEFORE


def test_another_hub_and_another_kind_are_not_here(running: Running) -> None:
    login = {"Authorization": f"Bearer {TOKEN}"}
    for path in (
        "/v1/limburg/membership/files/leden.csv",
        f"/v1/{running.manifest.hub}/event/files/leden.csv",
    ):
        assert running.client.post(running.base + path, content=AFTER, headers=login).status_code == 404
    assert running.client.get(f"{running.base}/metrics").status_code == 404
