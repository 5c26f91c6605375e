"""The certificate authorities that this machine trusts, read once: every HTTP client of its own would take 80 ms."""

from __future__ import annotations

import ssl
from functools import cache

import httpx


@cache
def authorities() -> ssl.SSLContext:
    """A context for clients that ask https addresses."""
    return httpx.create_ssl_context()
