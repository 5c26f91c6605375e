"""The sample receivers of `make run`: they take webhooks and mails as a working group's systems would.

A webhook's signature is verified with the library of Standard Webhooks before it counts; a mail is caught by
an SMTP server that delivers nowhere. For trials and tests a receiver can be told to answer badly.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from importlib.resources import files
from typing import Any, Literal

from aiosmtpd.smtp import SMTP, Envelope, Session
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel
from standardwebhooks import Webhook, WebhookVerificationError

from deploy.samples.receivers.store import Store

LARGEST = 65_536
HANG_S = 60.0
Mode = Literal["ok", "500", "429", "410", "302", "timeout"]


class Order(BaseModel):
    """How a receiver shall answer; `times` None: until told otherwise."""

    receiver: str
    mode: Mode
    times: int | None = None
    retry_after: int = 1


@dataclass
class Moods:
    """The orders in force, by receiver (`*`: any)."""

    orders: dict[str, Order] = field(default_factory=dict)

    def next(self, receiver: str) -> Order | None:
        """The order for this arrival, counted down."""
        name = receiver if receiver in self.orders else "*"
        order = self.orders.get(name)
        if order is None or order.mode == "ok":
            return None
        if order.times is not None:
            if order.times <= 0:
                return None
            self.orders[name] = order.model_copy(update={"times": order.times - 1})
        return order


def _now() -> int:
    return time.time_ns() // 1_000_000


def application(store: Store, secret: str, moods: Moods) -> FastAPI:
    """The web side: webhooks, the page, what arrived as JSON, and the orders."""
    app = FastAPI(title="Zeven sample receivers", docs_url=None, redoc_url=None)
    signer = Webhook(secret)

    @app.post("/webhook/{name}")
    async def webhook(name: str, request: Request) -> Response:
        return await _take(name, request, store, signer, moods)

    @app.get("/received")
    async def received(after: int = 0, limit: int = 1_000) -> JSONResponse:
        return JSONResponse(store.since(after, min(limit, 5_000)))

    @app.post("/control")
    async def control(order: Order) -> Order:
        moods.orders[order.receiver] = order
        return order

    @app.get("/health/live")
    async def live() -> dict[str, bool]:
        return {"live": True}

    @app.get("/", response_class=HTMLResponse)
    async def page() -> str:
        return files("deploy.samples.receivers").joinpath("page.html").read_text(encoding="utf-8")

    return app


async def _body(request: Request) -> bytes | None:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST:
            return None
    return body


async def _take(name: str, request: Request, store: Store, signer: Webhook, moods: Moods) -> Response:
    """Verify, keep, answer as ordered."""
    body = await _body(request)
    notice_id = request.headers.get("webhook-id", "")
    if body is None:
        return Response(status_code=413)
    try:
        event = signer.verify(body, dict(request.headers))
    except (WebhookVerificationError, ValueError) as fault:
        _keep(store, "webhook", notice_id, name, f"401 {fault}", {})
        return JSONResponse({"error": str(fault)}, 401)
    order = moods.next(name)
    if order is None:
        _keep(store, "webhook", notice_id, name, "202", event)
        return Response(status_code=202)
    _keep(store, "webhook", notice_id, name, order.mode, event)
    if order.mode == "timeout":
        await asyncio.sleep(HANG_S)
        return Response(status_code=504)
    headers = {"429": {"retry-after": str(order.retry_after)}, "302": {"location": "/elsewhere"}}
    return Response(status_code=int(order.mode), headers=headers.get(order.mode))


def _keep(store: Store, channel: str, notice_id: str, receiver: str, answer: str, content: Any) -> None:
    store.add(
        {
            "at": _now(),
            "channel": channel,
            "id": notice_id,
            "receiver": receiver,
            "answer": answer,
            "accepted": answer in ("202", "250"),
            "content": content,
        }
    )


class Catcher:
    """The SMTP side: takes every mail and delivers none."""

    def __init__(self, store: Store, moods: Moods) -> None:
        self._store, self._moods = store, moods

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep a mail, or refuse as ordered."""
        raw = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        mail = message_from_bytes(raw, policy=default)
        receiver = envelope.rcpt_tos[0] if envelope.rcpt_tos else ""
        order = self._moods.next(receiver)
        content = _read(mail)
        answer = {"500": "451 try again later", "429": "421 too busy", "410": "550 no such mailbox"}.get(
            order.mode if order else "", "250 taken, delivered nowhere"
        )
        _keep(self._store, "mail", str(mail["X-Zeven-Notice"] or ""), receiver, answer[:3], content)
        return answer

    def server(self) -> SMTP:
        """One conversation."""
        return SMTP(self, hostname="zeven-sample", ident="Zeven sample mail catcher", enable_SMTPUTF8=True)


def _read(mail: EmailMessage) -> dict[str, Any]:
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    headers = {name: str(value) for name, value in mail.items()}
    return {
        "headers": headers,
        "subject": headers.get("Subject", ""),
        "plain": plain.get_content() if plain else "",
        "html": html.get_content() if html else "",
    }
