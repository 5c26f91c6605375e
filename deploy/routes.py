"""Joins subscriptions and sinks: which ways out a subscription has, with its secrets and the mail server."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import TemplateError

from connectors import estate
from connectors import manifest as manifests
from connectors.deliver.loop import Route
from connectors.sinks.allow import Allow
from connectors.sinks.mail import Mail, Server
from connectors.sinks.outcome import Message, Sink
from connectors.sinks.webhook import Webhook
from deploy.samples.secrets import webhook_secret
from schemas.errors import Reject, Stop
from schemas.settings import Settings
from streams.notices import subscriptions
from streams.notices.compose import Composer
from streams.notices.names import reference_names

Compose = Callable[[dict[str, Any]], Message]


def server_of(settings: Settings) -> Server:
    """The mail server of the settings."""
    notices = settings.notices
    return Server(
        notices.smtp_host,
        settings.smtp_port,
        notices.sender,
        notices.smtp_username,
        notices.smtp_password,
        notices.smtp_tls,
    )


def secrets_of(channel: subscriptions.Webhook, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The secrets of a webhook, newest first; while one is replaced, two hold. Raises `Stop` without any."""
    if channel.secret_env is not None:
        text, where = environ.get(channel.secret_env, ""), channel.secret_env
    else:
        where = str(channel.secret_file)
        try:
            text = channel.secret_file.read_text(encoding="ascii") if channel.secret_file else ""
        except OSError as fault:
            raise Stop("The webhook secret cannot be read", where=where, fix=f"{fault.strerror}.") from fault
    found = tuple(text.split())
    if not found:
        raise Stop("The webhook has no secret", where=where, fix="Write one there: whsec_ and base64.")
    return found


def routes(settings: Settings, found: tuple[subscriptions.Subscription, ...]) -> list[Route]:
    """The ways out of every subscription."""
    webhook_secret(settings)
    allow, server = Allow.of(settings.notices.allow), server_of(settings)

    def sink(channel: subscriptions.Webhook | subscriptions.Mail) -> Sink:
        if isinstance(channel, subscriptions.Webhook):
            return Webhook(channel.url, secrets_of(channel, os.environ), allow)
        return Mail(server, channel.to, allow)

    return [Route(one.id, {channel.type: sink(channel) for channel in one.channels}) for one in found]


def hub_channels(settings: Settings, environ: Mapping[str, str]) -> tuple[subscriptions.Subscription, ...]:
    """Per hub with a channel of its own the subscription of its reports; a webhook's secret lies in
    `ZEVEN_HUB_<HUB>_REPORT_SECRET`.
    """
    found = []
    for hub in manifests.folders(settings):
        manifest = manifests.load(hub, settings, environ)
        channels: list[subscriptions.Webhook | subscriptions.Mail] = []
        if manifest.report.mail:
            channels.append(subscriptions.Mail(type="mail", to=(manifest.report.mail,)))
        if manifest.report.webhook:
            secret = f"ZEVEN_HUB_{hub.upper().replace('-', '_')}_REPORT_SECRET"
            channels.append(
                subscriptions.Webhook(type="webhook", url=manifest.report.webhook, secret_env=secret)
            )
        if channels:
            name = subscriptions.Words(nl=manifest.name.nl, en=manifest.name.en)
            found.append(subscriptions.Subscription(id=f"hub-{hub}", name=name, channels=tuple(channels)))
    return tuple(found)


def compose_with(settings: Settings, found: tuple[subscriptions.Subscription, ...]) -> Compose:
    """Notice to message, for these subscriptions."""
    host = "127.0.0.1" if settings.page.host in ("0.0.0.0", "::") else settings.page.host  # noqa: S104 (compared)
    composer = Composer(f"http://{host}:{settings.page.port}", reference_names(estate.hubs(settings)))
    by_id = {one.id: one for one in found}

    def compose(notice: dict[str, Any]) -> Message:
        try:
            made = composer(notice, by_id[notice["subscription"]])
        except (KeyError, TypeError, ValueError, AttributeError, TemplateError) as fault:
            raise Reject(f"The notice cannot be written out: {fault!r}", where=notice["id"]) from fault
        return Message(
            id=notice["id"],
            subscription=notice["subscription"],
            event=made.event,
            subject=made.subject,
            plain=made.plain,
            html=made.html,
            list_name=made.list_name,
            created_at=notice["created_at"],
        )

    return compose
