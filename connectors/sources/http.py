"""Asking a web site politely: the only way the readers of web sources reach the network.

First step of the journey. Bounded in everything: time, size, redirects, attempts, pace. An answer that a
reader can judge (2xx, 304, 4xx) is given back; what may pass (no connection, half an answer, 429, 5xx) is
tried again and then raised as `Retry`.
"""

from __future__ import annotations

import json
import random
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

from connectors.sources.rows import Limited
from connectors.sources.throttle import HOUR_S, Limit, Throttle
from schemas.errors import Retry
from schemas.trust import authorities

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
    interval_s: float = Field(0.5, ge=0, description="Time between two questions to the host, on average.")
    burst: int = Field(1, ge=1, le=1000, description="Questions that may come at once after a pause.")
    per_hour: int | None = Field(
        None, ge=1, description="Most questions per hour, when the host has such a limit."
    )
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
    """Questions to one site; `wait`, `clock_s` and `spread` (0 to 1) are given by tests and by a loop that can be
    stopped, `throttle` by a connector that has several streams.
    """

    def __init__(
        self,
        manners: Manners,
        wait: Wait = time.sleep,
        clock_s: Callable[[], float] = time.monotonic,
        throttle: Throttle | None = None,
        spread: Callable[[], float] = random.random,
    ) -> None:
        self._manners, self._wait, self._clock_s, self._spread = manners, wait, clock_s, spread
        self._throttle = throttle or Throttle(clock_s)
        hourly = [Limit(manners.per_hour, HOUR_S / manners.per_hour)] if manners.per_hour else []
        self._limits = [Limit(manners.burst, manners.interval_s), *hourly]
        self._client = httpx.Client(
            timeout=manners.timeout_s,
            headers={"User-Agent": USER_AGENT, "Accept": "application/json"},
            follow_redirects=False,
            verify=authorities(),
        )

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask. Raises `Retry` when no usable answer came in all attempts."""
        return self._tried(lambda: self._follow(url, headers or {}), url)

    def ask(self, url: str, question: Any, headers: Mapping[str, str]) -> Answer:
        """Ask with a JSON document, which changes nothing there. Raises `Retry` as `get` does."""
        named = {**headers, "Content-Type": "application/json"}
        body = orjson.dumps(question)
        return self._tried(lambda: self._judged(self._once(url, named, body)), url)

    def _tried(self, once: Callable[[], Answer], url: str) -> Answer:
        fault: Retry | None = None
        for attempt in range(self._manners.attempts):
            if fault is not None:
                if (fault.after_s or 0) > self._manners.patience_s:
                    raise fault
                # never together with all others that met the same fault, and never earlier than asked
                pause = self._manners.backoff_s * 2 ** (attempt - 1)
                self._wait(max(pause, fault.after_s or 0) * (1 + self._spread() / 2))
            try:
                return once()
            except Retry as again:
                fault = again
        if fault is None:
            raise Retry("No attempt was made", where=url)
        raise fault

    def post(self, url: str, form: Mapping[str, str]) -> Answer:
        """Send a form, such as a login, once. Raises `Retry` when no usable answer came."""
        return self._judged(self._once(url, {}, form))

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _follow(self, url: str, headers: Mapping[str, str]) -> Answer:
        for _ in range(self._manners.redirects + 1):
            answer = self._once(url, headers)
            if answer.status not in _MOVED or "location" not in answer.headers:
                return self._judged(answer)
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

    def _once(
        self, url: str, headers: Mapping[str, str], sent: Mapping[str, str] | bytes | None = None
    ) -> Answer:
        self._be_polite(urlsplit(url).netloc)
        ends = self._clock_s() + self._manners.total_s
        try:
            how = "GET" if sent is None else "POST"
            form, content = (None, sent) if isinstance(sent, bytes) else (sent and dict(sent), None)
            with self._client.stream(how, url, headers=dict(headers), data=form, content=content) as response:
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
        bucket = self._throttle.bucket(host)
        for limit in self._limits:
            bucket.keep(limit)
        wait = bucket.take(self._manners.patience_s)
        if wait > self._manners.patience_s:
            raise Limited("The limit of questions to this host is reached", where=host, after_s=wait)
        if wait > 0:
            self._wait(wait)

    def _judged(self, answer: Answer) -> Answer:
        """The answer, unless it says to come again; what it asks for holds for all streams of that host."""
        if answer.status not in _AGAIN:
            return answer
        after = retry_after(answer.headers.get("retry-after", ""), datetime.now(UTC))
        if after is not None:
            self._throttle.bucket(urlsplit(answer.url).netloc).close_for(after)
        if answer.status == 429:
            raise Limited(
                f"The site answers 429: {_beginning(answer.body)}",
                where=answer.url,
                fix="It asks for patience.",
                after_s=after,
            )
        raise Retry(
            f"The site answers {answer.status}: {_beginning(answer.body)}",
            where=answer.url,
            fix="Ask its administrator when this lasts.",
            after_s=after,
        )


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


def _beginning(body: bytes) -> str:
    return repr(" ".join(body[:200].decode("utf-8", "replace").split())[:80])
