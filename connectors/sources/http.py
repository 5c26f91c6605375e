"""Asking a web site politely: the only way the readers of web sources reach the network.

First step of the journey. Bounded in everything: time, size, redirects, attempts, pace. An answer that a
reader can judge (2xx, 304, 4xx) is given back; what may pass (no connection, half an answer, 429, 5xx) is
tried again and then raised as `Retry`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import orjson
from pydantic import BaseModel, ConfigDict, Field

from schemas.errors import Retry

USER_AGENT = "Zeven/0.1 (national view of the regional AI hubs)"
_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_MOVED = {301, 302, 303, 307, 308}
Wait = Callable[[float], None]


class Manners(BaseModel):
    """How long, how much and how often may be asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timeout_s: float = Field(20.0, gt=0, description="Longest silence of the other side.")
    total_s: float = Field(
        90.0, gt=0, description="Longest time for one answer, so that drops do not hold us."
    )
    max_bytes: int = Field(20_000_000, gt=0, description="Largest answer, unpacked.")
    attempts: int = Field(3, ge=1, le=10, description="Attempts per question.")
    backoff_s: float = Field(1.0, ge=0, description="Pause after the first failure; doubles each time.")
    patience_s: float = Field(15.0, ge=0, description="Longest pause asked by the other side to sit out.")
    interval_s: float = Field(0.5, ge=0, description="Least time between two questions to the host.")
    redirects: int = Field(5, ge=0, description="Redirects that are followed.")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    @property
    def validators(self) -> dict[str, str]:
        """What makes the next question conditional."""
        named = (("If-None-Match", "etag"), ("If-Modified-Since", "last-modified"))
        return {ask: self.headers[said] for ask, said in named if said in self.headers}

    def number(self, header: str) -> int | None:
        """A counting header; None when it is missing or nonsense."""
        said = self.headers.get(header, "").strip()
        return int(said) if said.isascii() and said.isdigit() and len(said) < 12 else None

    def document(self) -> Any:
        """The JSON of the body; `Retry` that shows its beginning when it is none."""
        body = self.body.removeprefix(b"\xef\xbb\xbf").strip()
        if body[:1] in (b"{", b"["):
            try:
                return orjson.loads(body)
            except orjson.JSONDecodeError:
                return self._lenient(body)
        kind = self.headers.get("content-type", "no content type")
        raise Retry(
            f"The answer is not JSON but {kind}; it begins with {_beginning(body)}",
            where=self.url,
            fix="Open the address in a browser; a plugin or firewall may answer instead of the API.",
        )

    def _lenient(self, body: bytes) -> Any:
        """Lone surrogates and broken UTF-8 spoil one text, not the page."""
        try:
            return json.loads(body.decode("utf-8", "replace"))
        except (ValueError, RecursionError) as fault:
            raise Retry(
                f"The answer is broken JSON ({len(body)} bytes)",
                where=self.url,
                fix=f"It may be cut off or garbled: {fault}",
            ) from fault

    @property
    def code(self) -> str:
        """The code of an error of the WordPress REST API, else empty."""
        try:
            found = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return ""
        return str(found.get("code", "")) if isinstance(found, dict) else ""


class Http:
    """Questions to one site; `wait` and `clock_s` are given by tests and by a loop that can be stopped."""

    def __init__(
        self,
        manners: Manners,
        wait: Wait = time.sleep,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._manners, self._wait, self._clock_s = manners, wait, clock_s
        self._last: dict[str, float] = {}
        self._client = httpx.Client(
            timeout=manners.timeout_s,
            headers={"User-Agent": USER_AGENT, "Accept": "application/json"},
            follow_redirects=False,
        )

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask. Raises `Retry` when no usable answer came in all attempts."""
        fault: Retry | None = None
        for attempt in range(self._manners.attempts):
            if fault is not None:
                pause = self._manners.backoff_s * 2 ** (attempt - 1)
                if fault.after_s is not None:
                    if fault.after_s > self._manners.patience_s:
                        raise fault
                    pause = max(pause, fault.after_s)
                self._wait(pause)
            try:
                return self._follow(url, headers or {})
            except Retry as again:
                fault = again
        if fault is None:
            raise Retry("No attempt was made", where=url)
        raise fault

    def post(self, url: str, form: Mapping[str, str]) -> Answer:
        """Send a form, such as a login, once. Raises `Retry` when no usable answer came."""
        return _judged(self._once(url, {}, form))

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _follow(self, url: str, headers: Mapping[str, str]) -> Answer:
        for _ in range(self._manners.redirects + 1):
            answer = self._once(url, headers)
            if answer.status not in _MOVED or "location" not in answer.headers:
                return _judged(answer)
            target = urljoin(url, answer.headers["location"])
            safe = ("https",) if url.startswith("https:") else ("http", "https")
            if urlsplit(target).scheme not in safe:
                raise Retry(
                    f"A redirect leads to {target}", where=url, fix="Only https (or http) is followed."
                )
            if urlsplit(target).netloc != urlsplit(url).netloc:
                headers = {name: said for name, said in headers.items() if name != "Authorization"}
            url = target
        raise Retry(f"More than {self._manners.redirects} redirects", where=url, fix="Check the address.")

    def _once(self, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None = None) -> Answer:
        self._be_polite(urlsplit(url).netloc)
        ends = self._clock_s() + self._manners.total_s
        try:
            how, data = ("GET", None) if form is None else ("POST", dict(form))
            with self._client.stream(how, url, headers=dict(headers), data=data) as response:
                body = bytearray()
                for part in response.iter_bytes():
                    body += part
                    if len(body) > self._manners.max_bytes:
                        raise Retry(f"The answer is larger than {self._manners.max_bytes} bytes", where=url)
                    if self._clock_s() > ends:
                        raise Retry(f"The answer takes longer than {self._manners.total_s:g} s", where=url)
                return Answer(response.status_code, response.headers, bytes(body), url)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, UnicodeError) as fault:
            words = str(fault) or type(fault).__name__
            raise Retry(f"No whole answer: {words}", where=url, fix="Is the site up?") from fault

    def _be_polite(self, host: str) -> None:
        earliest = self._last.get(host, float("-inf")) + self._manners.interval_s
        if (early := earliest - self._clock_s()) > 0:
            self._wait(early)
        self._last[host] = self._clock_s()


def retry_after(said: str, now: datetime) -> float | None:
    """Seconds of a Retry-After header, which is a number or an HTTP date; None for nonsense."""
    said = said.strip()
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())


def _judged(answer: Answer) -> Answer:
    if answer.status not in _AGAIN:
        return answer
    after = retry_after(answer.headers.get("retry-after", ""), datetime.now(UTC))
    raise Retry(
        f"The site answers {answer.status}: {_beginning(answer.body)}",
        where=answer.url,
        fix="It asks for patience." if answer.status == 429 else "Ask its administrator when this lasts.",
        after_s=after,
    )


def _beginning(body: bytes) -> str:
    return repr(" ".join(body[:200].decode("utf-8", "replace").split())[:80])
