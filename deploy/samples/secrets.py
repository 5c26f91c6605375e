"""The secret between sender and sample receivers: made once per data folder, readable by its owner only."""

from __future__ import annotations

import os
import secrets
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from schemas.settings import Settings


def webhook_secret(settings: Settings) -> Path:
    """File with the secret of the sample webhooks, made at first use; two processes may ask at once."""
    return _made(settings, "webhook", lambda: f"whsec_{b64encode(secrets.token_bytes(32)).decode()}")


def hubspot_secret(settings: Settings) -> Path:
    """File with the secret of the sample CRM's app, which signs its webhooks."""
    return _made(settings, "hubspot", lambda: str(uuid4()))


def _made(settings: Settings, name: str, text: Callable[[], str]) -> Path:
    path = settings.data / "secrets" / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists():
        return path
    draft = path.with_name(f"{name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(f"{text()}\n")
    try:
        path.hardlink_to(draft)  # the first one wins, whole
    except FileExistsError:
        return path
    finally:
        draft.unlink()
    return path
