"""The embedded Apache Kafka: one KRaft node on loopback, formatted once, on a Java runtime from PyPI."""

from __future__ import annotations

import base64
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from deploy.local.processes import Process, own_java
from schemas.errors import Stop
from schemas.settings import Settings

FOLDER: Final = "kafka"
_LOG4J: Final = """Configuration:
  Appenders:
    Console:
      name: out
      target: SYSTEM_OUT
      PatternLayout:
        pattern: "%d %p %c{1} %m%n"
  Loggers:
    Root:
      level: WARN
      AppenderRef:
        ref: out
"""
_QUIET_JVM: Final = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xshare:auto",
    "-Djava.awt.headless=true",
)


def properties(settings: Settings, data: Path, overrides: Mapping[str, str]) -> str:
    """server.properties of the node; `overrides` serve trials such as hard compaction."""
    listen, control = settings.kafka.bootstrap, f"127.0.0.1:{settings.ports.controller}"
    chosen = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.bootstrap.servers": control,
        "listeners": f"PLAINTEXT://{listen},CONTROLLER://{control}",
        "advertised.listeners": f"PLAINTEXT://{listen},CONTROLLER://{control}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(data),
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "offsets.retention.minutes": str(14 * 24 * 60),
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
        "auto.create.topics.enable": "false",
        "log.cleaner.dedupe.buffer.size": str(32 * 1024 * 1024),
        **overrides,
    }
    return "".join(f"{name}={value}\n" for name, value in chosen.items())


def prepare(
    settings: Settings, jars: Path, overrides: Mapping[str, str] | None = None, users: Sequence[str] = ()
) -> Process:
    """Write the node's configuration, format its storage at first use, and say how to start it.

    `users` are there from the beginning, each as `SCRAM-SHA-512=[name=...,password=...]`.
    """
    home = settings.data / FOLDER
    home.mkdir(parents=True, exist_ok=True)
    config, logging = home / "server.properties", home / "log4j2.yaml"
    config.write_text(properties(settings, home / "data", overrides or {}), encoding="utf-8")
    logging.write_text(_LOG4J, encoding="utf-8")
    java = [str(own_java()), *_QUIET_JVM, f"-Dlog4j2.configurationFile={logging}", "-cp", f"{jars}/*"]
    if not (home / "data" / "meta.properties").exists():
        _format(java, config, users)
    command = [java[0], "-Xms128m", "-Xmx512m", *java[1:], "kafka.Kafka", str(config)]
    return Process("kafka", tuple(command), ready=f"tcp:{settings.kafka.bootstrap}")


def _format(java: list[str], config: Path, users: Sequence[str]) -> None:
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
    tool = [*java, "kafka.tools.StorageTool", "format", "--standalone", "-c", str(config)]
    command = [*tool, f"--cluster-id={cluster}"]  # one word: an id may begin with a dash
    for user in users:
        command += ["--add-scram", user]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    if found.returncode:
        raise Stop(
            f"Kafka's storage cannot be formatted: {found.stderr.strip() or found.stdout.strip()}",
            where=str(config),
            fix="`zeven down --wipe` removes the data of this system.",
        )
