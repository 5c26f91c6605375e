"""Out by webhook: a signed POST of CloudEvents JSON, as Standard Webhooks wants it.

`webhook-id` is the notice's id at every try, the signature covers id, time and body, only 2xx is success,
redirects are refused, 410 stops the channel, 429 and 503 with `Retry-After` set the pace. One total deadline
holds for a try, so that a receiver that drips bytes cannot hold its lane.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx
from standardwebhooks import Webhook as Signer
from standardwebhooks.webhooks import EmptyWebhookSecretError

from connectors.sinks.allow import Allow
from connectors.sinks.outcome import DELIVERED, Message, Outcome
from schemas.errors import Reject, Retry, Stop

TIMEOUT_S = 15.0
LONGEST_WAIT_S = 86_400.0
CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
_GONE = 410
_SLOW_DOWN = (429, 503)
# Refusals that no repetition mends: the request itself is wrong in the receiver's eyes.
_FINAL = frozenset({400, 405, 413, 415, 422})


def now_ms() -> int:
    """The clock of this machine, epoch milliseconds."""
    return time.time_ns() // 1_000_000


class Webhook:
    """One receiver; several secrets give several signatures, so that a secret can be replaced."""

    def __init__(
        self,
        url: str,
        secrets: tuple[str, ...],
        allow: Allow,
        clock: Callable[[], int] = now_ms,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._url, self._allow, self._clock, self._timeout_s = urlsplit(url), allow, clock, timeout_s
        try:
            self._signers = [Signer(secret) for secret in secrets]
        except (ValueError, RuntimeError, EmptyWebhookSecretError) as fault:
            raise Stop(
                "The webhook secret cannot be used", where=url, fix="It is base64 after whsec_."
            ) from fault
        if not self._signers:
            raise Stop("The webhook has no secret", where=url, fix="Fill its secret_file or secret_env.")
        self._runner = asyncio.Runner()
        self._client: httpx.AsyncClient | None = None

    def headers(self, message: Message) -> dict[str, str]:
        """Id, time and signatures of one try."""
        moment = datetime.fromtimestamp(self._clock() // 1000, UTC)
        body = message.event.decode()
        signatures = " ".join(signer.sign(message.id, moment, body) for signer in self._signers)
        return {
            "content-type": CONTENT_TYPE,
            "user-agent": "zeven",
            "webhook-id": message.id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": signatures,
        }

    def send(self, message: Message) -> Outcome:
        """One try within the deadline."""
        try:
            return self._runner.run(self._send(message))
        except Reject as refusal:
            return Outcome("failed", str(refusal))
        except Retry as later:
            return Outcome("refused", str(later))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as fault:
            return Outcome("refused", f"no connection: {fault or type(fault).__name__}"[:300])
        except (httpx.HTTPError, TimeoutError) as fault:
            return Outcome("unknown", f"sent, but no answer: {fault or type(fault).__name__}"[:300])

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._runner.run(self._client.aclose())
        self._runner.close()

    async def _send(self, message: Message) -> Outcome:
        host = self._url.hostname or ""
        port = self._url.port or (443 if self._url.scheme == "https" else 80)
        address = self._allow.address(host, port)
        if self._url.scheme != "https" and "." in host and not self._local(address):
            raise Reject(f"Nothing is sent to {host} without TLS", fix="Use an https address.")
        if self._client is None:
            self._client = httpx.AsyncClient(
                timeout=self._timeout_s, follow_redirects=False, trust_env=False, headers={"accept": "*/*"}
            )
        spot = f"[{address}]" if ":" in address else address
        target = self._url._replace(netloc=f"{spot}:{port}").geturl()
        request = self._client.build_request(
            "POST",
            target,
            content=message.event,
            headers={**self.headers(message), "host": self._url.netloc.rpartition("@")[2]},
            extensions={"sni_hostname": host},
        )
        async with asyncio.timeout(self._timeout_s):
            answer = await self._client.send(request, stream=True)
            try:
                return _judged(answer, self._clock())
            finally:
                await answer.aclose()

    @staticmethod
    def _local(address: str) -> bool:
        return address.startswith("127.") or address == "::1"


def _judged(answer: httpx.Response, now: int) -> Outcome:
    """What the status says; the body is not read."""
    status = answer.status_code
    if answer.is_success:
        return DELIVERED
    if status == _GONE:
        return Outcome("gone", "410: the receiver wants no more")
    if answer.is_redirect:
        return Outcome("failed", f"{status}: redirects are not followed; change the url of the subscription")
    if status in _FINAL:
        return Outcome("failed", f"{status}: the receiver refuses this request for good")
    after_s = retry_after(answer.headers.get("retry-after"), now) if status in _SLOW_DOWN else None
    return Outcome("refused", f"{status} {answer.reason_phrase}".strip(), after_s)


def retry_after(text: str | None, now: int) -> float | None:
    """Seconds of a `Retry-After`, written as a number or a date; None without a usable one."""
    if not text:
        return None
    if text.strip().isdigit():
        return min(float(text), LONGEST_WAIT_S)
    try:
        then = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = then if then.tzinfo else then.replace(tzinfo=UTC)
    return min(max(moment.timestamp() - now / 1000, 0.0), LONGEST_WAIT_S)
