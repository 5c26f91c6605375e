"""The ways out against real servers: what counts as delivered, what is tried again, who is never sent to."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest

from connectors.sinks.allow import Allow
from connectors.sinks.mail import Mail, Server
from connectors.sinks.outcome import Message
from connectors.sinks.webhook import Webhook, retry_after
from schemas.errors import Reject, Stop

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE = Message(
    "n-1",
    "haven",
    b'{"a": 1}',
    "Gewijzigd: \u00c9\u00e9n",
    "tekst",
    "<p>tekst</p>",
    "Haven",
    1_790_000_000_000,
)
LOCAL = Allow.of(["localhost", "127.0.0.1"])
Talk = Callable[[socket.socket], None]


@contextmanager
def server(talk: Talk) -> Iterator[int]:
    """A TCP server on loopback that talks once per connection; gives its port."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.1)
    over = Event()

    def serve() -> None:
        while not over.is_set():
            try:
                connection, _ = listening.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(5)
                talk(connection)

    thread = Thread(target=serve)
    thread.start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        over.set()
        thread.join()
        listening.close()


def answering(*lines: str) -> Talk:
    """An HTTP server that reads a request and answers with these lines."""

    def talk(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(
            ("\r\n".join(lines) + "\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").encode()
        )

    return talk


def post(port: int, host: str = "127.0.0.1", timeout_s: float = 2.0) -> Any:
    """One try to a local port."""
    sink = Webhook(f"http://{host}:{port}/x", (SECRET,), LOCAL, timeout_s=timeout_s)
    try:
        return sink.send(MESSAGE)
    finally:
        sink.close()


@pytest.mark.parametrize(
    ("status", "result"),
    [
        ("200 OK", "delivered"),
        ("202 Accepted", "delivered"),
        ("204 No Content", "delivered"),
        ("301 Moved", "failed"),
        ("302 Found", "failed"),
        ("307 Temporary", "failed"),
        ("400 Bad Request", "failed"),
        ("401 Unauthorized", "refused"),
        ("404 Not Found", "refused"),
        ("410 Gone", "gone"),
        ("413 Too Large", "failed"),
        ("415 Wrong Type", "failed"),
        ("429 Slow Down", "refused"),
        ("500 Broken", "refused"),
        ("502 Bad Gateway", "refused"),
        ("503 Away", "refused"),
        ("504 Timeout", "refused"),
    ],
)
def test_a_status_means_what_the_standard_says(status: str, result: str) -> None:
    """Only 2xx is success, redirects are not followed, 410 ends it."""
    with server(answering(f"HTTP/1.1 {status}", "location: http://127.0.0.1:9/")) as port:
        assert post(port).result == result


def test_a_receiver_can_ask_for_time() -> None:
    """429 and 503 with Retry-After."""
    with server(answering("HTTP/1.1 429 Slow", "retry-after: 120")) as port:
        assert post(port).after_s == 120


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        ("Tue, 03 Nov 2026 09:00:30 GMT", 30),
        ("Tue, 03 Nov 2026 08:00:00 GMT", 0),
        ("soon", None),
        ("", None),
        (None, None),
        ("999999999", 86_400),
    ],
)
def test_retry_after_in_both_forms(text: str | None, seconds: float | None) -> None:
    """Seconds or a date; nonsense counts as nothing, and a day is the longest."""
    assert retry_after(text, 1_793_696_400_000) == seconds


def test_a_receiver_that_hangs_after_the_request_leaves_the_outcome_unknown() -> None:
    """It may have taken it: unknown, and tried again under the same id."""

    def hang(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.recv(1)  # until the other side gives up

    with server(hang) as port:
        assert post(port, timeout_s=0.3).result == "unknown"


def test_a_receiver_that_drips_headers_cannot_hold_its_lane() -> None:
    """The deadline holds for the whole try, not for each byte."""

    def drip(connection: socket.socket) -> None:
        connection.recv(65_536)
        over, end = Event(), time.monotonic() + 3
        try:
            while time.monotonic() < end:
                connection.sendall(b"H")
                over.wait(0.05)
        except OSError:
            return

    with server(drip) as port:
        began = time.monotonic()
        assert post(port, timeout_s=0.4).result == "unknown"
        assert time.monotonic() - began < 2


def test_an_endless_body_is_not_read() -> None:
    """The status decides; the body stays where it is."""

    def endless(connection: socket.socket) -> None:
        connection.recv(65_536)
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 8_000_000)
        except OSError:
            return

    with server(endless) as port:
        began = time.monotonic()
        assert post(port).result == "delivered"
        assert time.monotonic() - began < 2


def test_nobody_listening_is_refused_not_unknown() -> None:
    """Nothing was sent, so nothing can have arrived."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        port = int(one.getsockname()[1])
    assert post(port).result == "refused"


def test_the_request_carries_the_receivers_own_name() -> None:
    """The connection goes to the checked address, the Host header keeps the name."""
    seen: list[bytes] = []

    def note(connection: socket.socket) -> None:
        seen.append(connection.recv(65_536))
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with server(note) as port:
        assert post(port, "localhost").result == "delivered"
    assert f"host: localhost:{port}".encode() in seen[0].lower()
    assert b"webhook-id: n-1" in seen[0].lower()


def test_a_webhook_without_a_usable_secret_does_not_start() -> None:
    for secrets in ((), ("whsec_@@",)):
        with pytest.raises(Stop, match="secret"):
            Webhook("http://127.0.0.1/", secrets, LOCAL)


REFUSED = [
    "10.0.0.1",
    "172.16.5.4",
    "192.168.1.1",
    "169.254.169.254",
    "169.254.1.1",
    "127.0.0.2",
    "127.1",
    "2130706433",
    "0x7f000001",
    "017700000001",
    "0177.0.0.1",
    "0x7f.1",
    "0",
    "0.0.0.0",
    "[::]",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:10.0.0.1]",
    "[::ffff:169.254.169.254]",
    "[fe80::1]",
    "[fc00::1]",
    "[fd12:3456::1]",
    "[ff02::1]",
    "224.0.0.1",
    "255.255.255.255",
    "100.64.0.1",
    "198.18.0.1",
    "8.8.8.8",
    "example.org",
    "localhost.example.org",
    "metadata.google.internal",
    "kafka",
    "LOCALHOST.",
]


@pytest.mark.parametrize("host", REFUSED)
def test_an_address_nobody_allowed_is_refused_in_any_spelling(host: str) -> None:
    """Private, link-local, mapped, octal, hex, decimal, public: not on the list is not sent to."""
    with pytest.raises(Reject):
        Allow.of(["hooks.example.org"], lambda *_: ["127.0.0.1"]).address(host.strip("[]"), 80)


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "::1",
        "fe80::1",
        "::ffff:10.0.0.1",
        "0.0.0.0",
        "100.64.0.1",
    ],
)
def test_an_allowed_name_that_leads_inside_is_refused(address: str) -> None:
    """A public name may not point into the house, whatever its DNS says at this try."""
    answers = iter([["93.184.215.14"], [address]])
    allow = Allow.of(["hooks.example.org"], lambda *_: next(answers))
    assert allow.address("hooks.example.org", 443) == "93.184.215.14"
    with pytest.raises(Reject, match="private"):
        allow.address("hooks.example.org", 443)


def test_an_operator_can_allow_a_neighbour_and_a_network() -> None:
    """A name without a dot, or a network, is the operator's own word; the metadata address never is."""
    assert Allow.of(["receivers"], lambda *_: ["172.18.0.5"]).address("receivers", 80) == "172.18.0.5"
    inside = Allow.of(["10.0.0.0/8", "hooks.example.org"], lambda *_: ["10.1.2.3"])
    assert inside.address("hooks.example.org", 443) == "10.1.2.3"
    assert inside.address("10.9.9.9", 443) == "10.9.9.9"
    with pytest.raises(Reject):
        Allow.of(["169.254.0.0/16"]).address("169.254.169.254", 80)


def smtp(*answers: str, after_data: str | None = "250 taken") -> Talk:
    """An SMTP server that gives these answers to MAIL, RCPT and DATA; `after_data` None: hangs up."""

    def talk(connection: socket.socket) -> None:
        stream = connection.makefile("rwb")
        replies = iter(answers)

        def say(text: str) -> None:
            stream.write(f"{text}\r\n".encode())
            stream.flush()

        say("220 test")
        with stream:
            for line in stream:
                verb = line[:4].upper()
                if verb in (b"EHLO", b"RSET"):
                    say("250 test")
                elif verb == b"QUIT":
                    say("221 bye")
                    return
                else:
                    say(next(replies, "354 go on" if verb == b"DATA" else "250 ok"))
                if verb == b"DATA":
                    if not _swallow(stream) or after_data is None:
                        return
                    say(after_data)

    return talk


def _swallow(stream: Any) -> bool:
    return any(line == b".\r\n" for line in stream)


def mail(port: int) -> Any:
    """One mail to a local port."""
    return Mail(Server("127.0.0.1", port, "zeven@localhost"), ("a@example.org",), LOCAL, timeout_s=2).send(
        MESSAGE
    )


@pytest.mark.parametrize(
    ("talk", "result"),
    [
        (smtp(), "delivered"),
        (smtp("450 later"), "refused"),
        (smtp("250 ok", "450 mailbox busy"), "refused"),
        (smtp("250 ok", "550 no such mailbox"), "failed"),
        (smtp(after_data="451 later"), "refused"),
        (smtp(after_data="554 spam"), "failed"),
        (smtp(after_data=None), "unknown"),
    ],
)
def test_what_a_mail_server_says_decides(talk: Talk, result: str) -> None:
    """4xx later, 5xx never, a lost reply after the text: unknown."""
    with server(talk) as port:
        assert mail(port).result == result


def test_a_mail_server_that_is_not_allowed_is_not_spoken_to() -> None:
    outcome = Mail(Server("mail.example.org", 25, "zeven@localhost"), ("a@example.org",), LOCAL).send(MESSAGE)
    assert outcome.result == "failed"
    assert "ZEVEN_NOTICES_ALLOW" in (outcome.error or "")


def test_a_mail_says_what_it_is() -> None:
    """Automatic, of a list, with an id that follows from the notice; nothing can add a header."""
    made = Mail(Server("127.0.0.1", 25, "zeven@hub.example"), ("a@example.org",), LOCAL).message(MESSAGE)
    assert made["Message-ID"] == "<n-1@hub.example>"
    assert made["Auto-Submitted"] == "auto-generated"
    assert made["List-Id"] == "Haven <haven.notices.hub.example>"
    assert [part.get_content_type() for part in made.iter_parts()] == ["text/plain", "text/html"]
