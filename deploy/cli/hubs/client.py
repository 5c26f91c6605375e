"""`zeven hub client`: a ready configuration for a hub's own program, in whatever language it is written."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

import click

from connectors import manifest as manifests
from deploy.cli.context import settings_of
from schemas import topics
from schemas.settings import Settings

JAVA: Final = {
    "acks": "all",
    "enable.idempotence": "true",
    "compression.type": "zstd",
    "max.request.size": "1048576",
    "delivery.timeout.ms": "120000",
    "key.serializer": "org.apache.kafka.common.serialization.StringSerializer",
}
"""The default partitioner of Java is the one that the contract asks for."""
LIBRDKAFKA: Final = {
    "acks": "all",
    "enable.idempotence": "true",
    "compression.codec": "zstd",
    "message.max.bytes": "1048576",
    "partitioner": "murmur2_random",
}
FROM_ENVIRONMENT: Final = "${ZEVEN_KAFKA_PASSWORD}"


@click.command("client")
@click.argument("name")
@click.option(
    "--for", "language", type=click.Choice(("java", "librdkafka")), default="java", show_default=True
)
@click.option("--data", help="Folder of the system; default: the last one started.")
def command(name: str, language: str, data: str | None) -> None:
    """Print the client configuration of hub NAME's own program: properties for Java, or for librdkafka.

    A password is never printed: it is read from the environment of that program.
    """
    settings = settings_of(data)
    manifest = manifests.load(name, settings, os.environ)
    click.echo(
        f"# Own program of {manifest.name.nl}; what it must hold to: docs/howto/publish-with-your-own-program.md"
    )
    click.echo(
        f"# Topics: {', '.join(topic.name for topic in topics.of_hub(name, 1) if topic.writer == f'connector {name}')}"
    )
    click.echo(
        f"# Registry (Confluent API): {settings.registry.url}; judge it: zeven hub check {name} --topic"
    )
    for key, value in properties(settings, manifest.hub, manifest.user, language).items():
        click.echo(f"{key}={value}")


def properties(settings: Settings, hub: str, user: str, language: str) -> Mapping[str, str]:
    """Properties by name."""
    kafka = settings.kafka
    found = {
        "bootstrap.servers": kafka.bootstrap,
        "client.id": f"{user}-own",
        "transactional.id": f"connector.{hub}",
        "security.protocol": kafka.security_protocol,
        **(JAVA if language == "java" else LIBRDKAFKA),
    }
    if kafka.sasl_mechanism and language == "java":
        login = "org.apache.kafka.common.security.scram.ScramLoginModule"
        found["sasl.mechanism"] = kafka.sasl_mechanism
        found["sasl.jaas.config"] = f'{login} required username="{user}" password="{FROM_ENVIRONMENT}";'
    elif kafka.sasl_mechanism:
        found |= {
            "sasl.mechanism": kafka.sasl_mechanism,
            "sasl.username": user,
            "sasl.password": FROM_ENVIRONMENT,
        }
    if kafka.ca_file and language == "java":
        found |= {"ssl.truststore.type": "PEM", "ssl.truststore.location": str(kafka.ca_file)}
    elif kafka.ca_file:
        found["ssl.ca.location"] = str(kafka.ca_file)
    return found
