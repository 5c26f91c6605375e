"""The door of a hub's inbox over HTTP: files that are shown and then published, webhooks of HubSpot.

Nothing is acknowledged before it is safe on the disk; until then the answer says to come again.

    POST   /v1/<hub>/<kind>/files/<name>             the answer is the preview of exactly this file
    POST   /v1/<hub>/<kind>/uploads/<id>/publish     now the connector reads it
    DELETE /v1/<hub>/<kind>/uploads/<id>             thrown away
    POST   /v1/<hub>/hubspot                         signed events, version 3
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson
import structlog
from aiohttp import web
from kafka.errors import KafkaError
from prometheus_client import Counter

from connectors.inbox import hubspot, receive, refusal
from connectors.inbox.checks import Keys
from connectors.inbox.desk import objects
from connectors.inbox.refusal import Problem, Refused
from connectors.inbox.staging import Staging, Target, target, write_through
from connectors.inbox.store import Inbox, Upload
from connectors.manifest import Manifest
from schemas.errors import ZevenError
from schemas.settings import Settings

REQUESTS: Final = Counter(
    "zeven_inbox_requests", "Requests at the door of the inbox.", ("hub", "kind", "outcome")
)
AT_ONCE: Final = 16
LARGEST_BATCH: Final = 1_000_000
BATCH_WITHIN_S: Final = 4.0  # HubSpot waits five seconds
FILE_WITHIN_S: Final = 600.0
AGAIN_S: Final = 5
SHOWN: Final = 1_000
Show = Callable[[str, Path], dict[str, Any]]
"""The preview of a kind with a file in place of its list: `kinds` and `changes`. Raises `Retry` without Kafka."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Door:
    """The handlers of one hub's door; `show` makes a preview, `clock` gives milliseconds since 1970."""

    def __init__(
        self,
        settings: Settings,
        manifest: Manifest,
        keys: Keys,
        inbox: Inbox,
        show: Show,
        clock: Callable[[], int],
    ) -> None:
        self._settings, self._manifest, self._keys = settings, manifest, keys
        self._hub, self._inbox, self._show, self._clock = manifest.hub, inbox, show, clock
        self._read = set(objects(manifest).values())
        folder = settings.data / "connectors" / manifest.hub
        self._staging = Staging(folder, inbox, settings.inbox.keep_h, clock)
        self._staging.sweep()
        for kind, part in manifest.sources.items():
            if part.reader == "files":
                self._staging.tidy(target(manifest, settings, kind))
        self._step, self._showing, self._inside = asyncio.Lock(), asyncio.Lock(), 0
        self._log = structlog.get_logger().bind(hub=self._hub, step="inbox")

    def application(self) -> web.Application:
        """The routes, with refusals as problem documents."""
        app = web.Application(middlewares=[self._civil])
        here = f"/v1/{self._hub}"
        app.router.add_post(f"{here}/hubspot", self.hubspot)
        app.router.add_post(f"{here}/{{kind}}/files/{{name}}", self.upload)
        app.router.add_post(f"{here}/{{kind}}/uploads/{{id}}/publish", self.publish)
        app.router.add_delete(f"{here}/{{kind}}/uploads/{{id}}", self.discard)
        return app

    async def hubspot(self, request: web.Request) -> web.Response:
        """Keep what a signed batch names."""
        if not self._keys.hubspot:
            raise Refused(refusal.NOWHERE, "ZEVEN_HUB_<HUB>_HUBSPOT_SECRET")
        body = await receive.to_memory(request, LARGEST_BATCH, BATCH_WITHIN_S)
        address = self._keys.address + request.raw_path
        hubspot.verify(self._keys.hubspot, address, body, request.headers, self._clock())
        named, silent = hubspot.named(body)
        wanted = [one for one in named if one.object in self._read]
        if wanted and not await asyncio.to_thread(self._inbox.put, wanted, self._clock()):
            raise Refused(refusal.FULL, after_s=60)
        self._log.info("named", objects=len(wanted), not_read=len(named) - len(wanted), without_id=silent)
        return web.Response(status=204)

    async def upload(self, request: web.Request) -> web.Response:
        """Take a file in and answer with what it would change."""
        to = self._target(request, request.match_info["name"])
        if self._showing.locked():
            raise Refused(refusal.PREVIEWING, after_s=AGAIN_S)
        async with self._showing:
            await asyncio.to_thread(self._staging.sweep)
            path = self._staging.begin(to)
            try:
                size = await receive.to_file(request, path, to.max_bytes, FILE_WITHIN_S)
                await asyncio.to_thread(write_through, path)
                shown = await asyncio.to_thread(self._show, to.kind, path)
                (look,) = shown["kinds"]
                if not look["complete"]:
                    raise Refused(refusal.UNREADABLE, "; ".join(look["reasons"]))
                async with self._step:
                    kept = await asyncio.to_thread(self._staging.keep, to, path)
            except BaseException:
                self._staging.drop(path)
                raise
        return self._staged(kept, to, size, shown)

    def _staged(self, kept: Upload, to: Target, size: int, shown: dict[str, Any]) -> web.Response:
        here = f"/v1/{self._hub}/{to.kind}/uploads/{kept.id}"
        changes = shown["changes"]
        document = {
            "id": kept.id,
            "name": to.path.name,
            "mode": "addition" if to.adds else "snapshot",
            "bytes": size,
            "expires_at": datetime.fromtimestamp(kept.until_ms / 1000, UTC).isoformat(timespec="seconds"),
            "publish": f"{here}/publish",
            "preview": shown | {"changes": changes[:SHOWN], "changes_not_shown": len(changes[SHOWN:])},
        }
        self._log.info("upload_staged", upload=kept.id, kind=to.kind, bytes=size, changes=len(changes))
        return _json(document, 201, {"Location": here})

    async def publish(self, request: web.Request) -> web.Response:
        """Let the connector read an upload."""
        to = self._target(request)
        async with self._step:
            done = await asyncio.to_thread(self._staging.publish, to, request.match_info["id"])
        self._log.info("upload_published", upload=done.id, kind=to.kind)
        return _json({"id": done.id, "state": "published"}, 200)

    async def discard(self, request: web.Request) -> web.Response:
        """Throw an upload away."""
        to = self._target(request)
        async with self._step:
            await asyncio.to_thread(self._staging.discard, to, request.match_info["id"])
        return web.Response(status=204)

    def _target(self, request: web.Request, name: str | None = None) -> Target:
        if not receive.authorised(request.headers.get("Authorization", ""), self._keys.tokens):
            raise Refused(refusal.NO_TOKEN)
        return target(self._manifest, self._settings, request.match_info["kind"], name)

    @web.middleware  # aiohttp looks for its mark on what it is given
    async def _civil(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Bound what happens at once, answer every refusal in words, and count."""
        kind = "hubspot" if request.path.endswith("/hubspot") else "files"
        self._inside += 1
        outcome = "failed"
        try:
            if self._inside > AT_ONCE:
                raise Refused(refusal.BUSY, after_s=AGAIN_S)
            answer = await handler(request)
            outcome = "accepted"
            return answer
        except Refused as fault:
            outcome = fault.problem.code
            return self._refusal(request, fault)
        except web.HTTPException as fault:
            outcome = refusal.NOWHERE.code
            words = Problem(fault.status, outcome, refusal.NOWHERE.nl, refusal.NOWHERE.en)
            return self._refusal(request, Refused(words, fault.reason))
        except (ZevenError, KafkaError, sqlite3.Error, OSError) as fault:
            outcome = refusal.AWAY.code
            self._log.error("inbox_away", fault=str(fault))
            detail = str(fault) if isinstance(fault, ZevenError) else type(fault).__name__
            return self._refusal(request, Refused(refusal.AWAY, detail, after_s=AGAIN_S))
        finally:
            self._inside -= 1
            REQUESTS.labels(self._hub, kind, outcome).inc()

    def _refusal(self, request: web.Request, fault: Refused) -> web.Response:
        problem = fault.problem
        self._log.warning("inbox_refused", outcome=problem.code, origin=request.remote, detail=fault.detail)
        headers = {"Connection": "close"} if not request.content.at_eof() else {}
        if fault.after_s is not None:
            headers["Retry-After"] = str(round(fault.after_s))
        if problem is refusal.NO_TOKEN:
            headers["WWW-Authenticate"] = "Bearer"
        more = {"detail": fault.detail} if fault.detail else {}
        return _json(problem.document(**more), problem.status, headers, refusal.CONTENT_TYPE)


def _json(
    document: Any, status: int, headers: dict[str, str] | None = None, kind: str = "application/json"
) -> web.Response:
    body = orjson.dumps(document, default=str, option=orjson.OPT_NON_STR_KEYS)
    return web.Response(body=body, status=status, headers=headers, content_type=kind)
