"""How a source system fails when a test asks for it: the ways that real sites do."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Final, NamedTuple

WAYS: Final = (
    "500",
    "503",
    "429",
    "401",
    "403",
    "half",
    "close",
    "garbage",
    "html",
    "warning",
    "no_route",
    "empty",
    "not_json",
)


class Failure(NamedTuple):
    """One failing answer; `body` None: give the right body, but only half of it; `close`: nothing at all."""

    status: int
    body: bytes | None
    content_type: str = "application/json; charset=UTF-8"
    headers: tuple[tuple[str, str], ...] = ()
    close: bool = False


@dataclass
class Plan:
    """The failures still to come: way, path it holds for, how often, Retry-After."""

    way: str
    path: str
    times: int
    retry_after: str


@dataclass
class Faults:
    """The planned failures of all sources."""

    plans: list[Plan] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def plan(self, way: str, path: str, times: int, retry_after: str) -> None:
        """Let the next `times` answers to addresses with `path` fail. Raises `KeyError` for another way."""
        if way not in WAYS:
            raise KeyError(way)
        with self.lock:
            self.plans.append(Plan(way, path, times, retry_after))

    def next(self, path: str) -> Failure | None:
        """The failure for this request, if one is planned."""
        with self.lock:
            for plan in self.plans:
                if plan.times > 0 and plan.path in path:
                    plan.times -= 1
                    return _failure(plan)
        return None

    def clear(self) -> None:
        """No more failures."""
        with self.lock:
            self.plans.clear()


def _failure(plan: Plan) -> Failure:
    after = (("Retry-After", plan.retry_after),) if plan.retry_after else ()
    html = "text/html; charset=UTF-8"
    return {
        "500": Failure(500, b'{"code":"internal_server_error","message":"critical error"}', headers=after),
        "503": Failure(503, b"<h1>Onderhoud</h1>", html, after),
        "429": Failure(429, b'{"code":"too_many_requests"}', headers=after),
        "401": Failure(401, b'{"code":"rest_not_logged_in","message":"You are not logged in."}'),
        "403": Failure(403, b"<html><title>Blocked by firewall</title></html>", html),
        "half": Failure(200, None),
        "close": Failure(0, None, close=True),
        "garbage": Failure(200, b'[{"id": 1, \xff\xfe\x00 "title": '),
        "html": Failure(200, b"<!doctype html><title>Momentje</title>", html),
        "warning": Failure(
            200, b"<br />\n<b>Warning</b>: Undefined array key in pods.php on line 7<br />\n[]"
        ),
        "no_route": Failure(
            404, b'{"code":"rest_no_route","message":"No route was found.","data":{"status":404}}'
        ),
        "empty": Failure(200, b""),
        "not_json": Failure(200, b"null"),
    }[plan.way]
