"""Taking a body in from the network: bounded in size and time, whole or not at all, and as its sender meant it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

from aiohttp import ClientError, web
from aiohttp.http_exceptions import HttpProcessingError

from connectors.inbox import refusal
from connectors.inbox.refusal import Refused

BLOCK: Final = 1 << 16
_ALGORITHMS: Final = {"sha-256": "sha256", "sha-512": "sha512"}
_STATED: Final = re.compile(r"\s*([a-z0-9-]+)\s*=\s*:([A-Za-z0-9+/=]*):", re.IGNORECASE)


def authorised(header: str, tokens: tuple[str, ...]) -> bool:
    """Whether a header brings one of the tokens; every comparison takes as long."""
    scheme, _, given = header.partition(" ")
    right = [hmac.compare_digest(one.encode(), given.strip().encode("utf-8", "replace")) for one in tokens]
    return scheme.lower() == "bearer" and any(right)


def stated_digests(headers: Mapping[str, str]) -> dict[str, bytes]:
    """What `Content-Digest` (RFC 9530) says, by algorithm that is known here. Raises `Refused` for a broken one."""
    found = {}
    for name, said in _STATED.findall(headers.get("Content-Digest", "")):
        if name.lower() in _ALGORITHMS:
            try:
                found[_ALGORITHMS[name.lower()]] = b64decode(said, validate=True)
            except NoBase64 as fault:
                raise Refused(refusal.DIGEST, f"Content-Digest: {fault}") from fault
    return found


async def to_file(request: web.Request, path: Path, most: int, within_s: float) -> int:
    """Write the body into a file and return its size. Raises `Refused` for what is not what was announced."""
    kind = request.headers.get("Content-Type", "").lower()
    if request.headers.get("Content-Encoding", "identity").lower() != "identity" or kind.startswith(
        "multipart/"
    ):
        raise Refused(refusal.PACKED, "curl --data-binary @FILE")
    stated = stated_digests(request.headers)
    sums = {name: hashlib.new(name) for name in stated}
    size = 0
    with path.open("xb") as out:
        async for block in blocks(request, most, within_s):
            size += len(block)
            for one in sums.values():
                one.update(block)
            out.write(block)
    wrong = [name for name, one in sums.items() if one.digest() != stated[name]]
    if wrong:
        raise Refused(refusal.DIGEST, f"Content-Digest: {', '.join(wrong)}")
    return size


async def to_memory(request: web.Request, most: int, within_s: float) -> bytes:
    """The body. Raises `Refused` for one that is too large or not whole."""
    return b"".join([block async for block in blocks(request, most, within_s)])


async def blocks(request: web.Request, most: int, within_s: float) -> AsyncIterator[bytes]:
    """The body in blocks, as long as it keeps its bounds."""
    announced = request.content_length
    if announced is not None and announced > most:
        raise Refused(refusal.TOO_LARGE, f"{announced} > {most} bytes")
    size = 0
    try:
        async with asyncio.timeout(within_s):
            async for block in request.content.iter_chunked(BLOCK):
                size += len(block)
                if size > most:
                    raise Refused(refusal.TOO_LARGE, f"> {most} bytes")
                yield block
    except TimeoutError as fault:
        raise Refused(refusal.SLOW, f"> {within_s:g} s") from fault
    except (ConnectionError, ClientError, HttpProcessingError, web.RequestPayloadError) as fault:
        raise Refused(refusal.HALF, f"{size} bytes came") from fault
    if announced is not None and size != announced:
        raise Refused(refusal.HALF, f"{size} of {announced} bytes came")
