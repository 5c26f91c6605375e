"""The shapes of records at the door: JSON Schema made from the Avro schemas, for programs that read JSON."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from schemas import compat
from schemas.json_schema import json_schema
from streams.view.problems import Missing


def attach(app: FastAPI) -> None:
    """Add the list of schemas, and each of them."""

    @app.get("/api/v1/schemas", tags=["schemas"])
    def listed() -> dict[str, Any]:
        """The schemas of the records on the log, by name."""
        return {"items": [{"name": n, "href": f"/api/v1/schemas/{n}.json"} for n in sorted(compat.current())]}

    @app.get("/api/v1/schemas/{name}.json", tags=["schemas"])
    def one(name: str) -> JSONResponse:
        """One schema as JSON Schema 2020-12; bytes are hexadecimal text."""
        found = compat.current().get(name)
        if found is None:
            raise Missing(f"There is no schema {name[:100]}", fix="See /api/v1/schemas for names.")
        return JSONResponse(json_schema(found.document), media_type="application/schema+json")
