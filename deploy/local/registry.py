"""The embedded schema registry: Apicurio with a file database, on the same Java runtime."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from deploy.local.processes import Process, own_java
from schemas.settings import Settings

FOLDER: Final = "registry"


def prepare(settings: Settings, home: Path) -> Process:
    """Say how to start the registry of this system; its database lies under the data folder."""
    folder = settings.data / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    database = (folder / "schemas").resolve()
    environ = {
        "REGISTRY_DATASOURCE_DB_KIND": "h2",
        "REGISTRY_DATASOURCE_URL": f"jdbc:h2:file:{database};DB_CLOSE_ON_EXIT=FALSE",
        "REGISTRY_DATASOURCE_USERNAME": "sa",
        "REGISTRY_DATASOURCE_PASSWORD": "sa",
        "QUARKUS_HTTP_HOST": "127.0.0.1",
        "QUARKUS_HTTP_PORT": str(urlsplit(settings.registry.url).port),
        "LOG_LEVEL": "WARN",
        "QUARKUS_LOG_LEVEL": "WARN",
    }
    (runner,) = home.glob("*-runner.jar")
    java = (str(own_java()), "-Xms64m", "-Xmx320m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
    return Process(
        "registry",
        (*java, "-jar", str(runner)),
        ready=f"http:{settings.registry.url}/subjects",
        environ=environ,
    )
