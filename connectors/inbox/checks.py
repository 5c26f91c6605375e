"""What opens the door of a hub's inbox, and everything that is wrong with it, at once and each with its fix."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from connectors.checking import Finding
from connectors.manifest import Manifest, folders
from schemas.errors import Stop
from schemas.settings import Inbox, Settings

SHORTEST: Final = 24
"""Signs of a token: 144 random bits in base64."""


class Keys(NamedTuple):
    """Tokens for uploads, secrets of HubSpot's app, and the address that its webhooks call."""

    tokens: tuple[str, ...]
    hubspot: tuple[str, ...]
    address: str


def keys(manifest: Manifest, settings: Settings, environ: Mapping[str, str], port: int | None = None) -> Keys:
    """What the environment gives; several at once while one is replaced. `port` when it is not the usual one."""
    prefix = f"ZEVEN_HUB_{manifest.hub.upper().replace('-', '_')}_"

    def several(name: str) -> tuple[str, ...]:
        return tuple(one for said in environ.get(prefix + name, "").split(",") if (one := said.strip()))

    tls = "https" if settings.inbox.certificate else "http"
    own = f"{tls}://{settings.inbox.host}:{port or port_of(settings, manifest.hub)}"
    return Keys(
        several("UPLOAD_TOKEN"), several("HUBSPOT_SECRET"), settings.inbox.public_url.rstrip("/") or own
    )


def port_of(settings: Settings, hub: str) -> int:
    """Where the door of a hub is on a machine that has them all."""
    return settings.ports.inbox + number_of(settings, hub)


def number_of(settings: Settings, hub: str) -> int:
    """Which hub it is, of all that have a manifest here."""
    known = list(folders(settings))
    return known.index(hub) if hub in known else 0


def findings(manifest: Manifest, settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """What there is to say of the door; nothing when nothing opens it."""
    found = keys(manifest, settings, environ)
    name = f"ZEVEN_HUB_{manifest.hub.upper().replace('-', '_')}"
    readers = {kind: part for kind, part in manifest.sources.items() if part.reader in ("files", "hubspot")}
    if found.tokens:
        yield from _tokens(found.tokens, f"{name}_UPLOAD_TOKEN")
        lists = [part for part in readers.values() if part.reader == "files"]
        if not lists:
            yield Finding(
                "fault",
                f"{name}_UPLOAD_TOKEN",
                "No source of the manifest is a list of files",
                "Take it out.",
            )
        for part in lists:
            yield from _folder(Path(part.options["path"]).parent)
    if found.hubspot:
        if not any(part.reader == "hubspot" for part in readers.values()):
            yield Finding(
                "fault", f"{name}_HUBSPOT_SECRET", "No source of the manifest is at HubSpot", "Take it out."
            )
        if not settings.inbox.public_url:
            what = f"Webhooks must be sent to {found.address}, which HubSpot signs"
            yield Finding(
                "remark", "ZEVEN_INBOX_PUBLIC_URL", what, "Say by which address HubSpot reaches the door."
            )
    if found.tokens or found.hubspot:
        yield from _listening(settings.inbox)


def _tokens(tokens: tuple[str, ...], where: str) -> Iterator[Finding]:
    if any(len(one) < SHORTEST or " " in one for one in tokens):
        fix = "Make one: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
        yield Finding("fault", where, f"A token has fewer than {SHORTEST} signs, or blanks", fix)


def _folder(folder: Path) -> Iterator[Finding]:
    if not os.access(folder, os.W_OK | os.X_OK):
        yield Finding(
            "fault", str(folder), "The door cannot write into the folder of the list", "Make it, with rights."
        )


def _listening(inbox: Inbox) -> Iterator[Finding]:
    """Whether what comes in is protected on its way."""
    if not (loopback(inbox.host) or inbox.certificate or inbox.behind_proxy):
        fix = "Give ZEVEN_INBOX_CERTIFICATE and _KEY, listen on 127.0.0.1, or say ZEVEN_INBOX_BEHIND_PROXY=true."
        yield Finding("fault", "ZEVEN_INBOX_HOST", f"Without TLS the door would listen on {inbox.host}", fix)
    public = urlsplit(inbox.public_url)
    if public.scheme == "http" and not loopback(public.hostname or ""):
        fix = "Tokens and webhooks need https."
        yield Finding("fault", "ZEVEN_INBOX_PUBLIC_URL", f"{inbox.public_url} is not encrypted", fix)
    if inbox.key is not None and inbox.certificate is None:
        yield Finding(
            "fault", "ZEVEN_INBOX_CERTIFICATE", "There is a key without a certificate", "Give both."
        )
    try:
        tls(inbox)
    except Stop as fault:
        yield Finding("fault", fault.where, fault.what, fault.fix)


def tls(inbox: Inbox) -> ssl.SSLContext | None:
    """How the door proves itself; None without a certificate. Raises `Stop` for one that cannot be used."""
    if inbox.certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(inbox.certificate, inbox.key)
    except (OSError, ssl.SSLError) as fault:
        raise Stop(
            f"Certificate and key cannot be used: {fault}",
            where="ZEVEN_INBOX_CERTIFICATE, ZEVEN_INBOX_KEY",
            fix="Give two PEM files that belong together, which this user may read.",
        ) from fault
    return context


def loopback(host: str) -> bool:
    """Whether an address is of this machine alone."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
