"""Where everything is: one frozen object, built once from a mapping and an optional TOML file.

`ZEVEN_<SECTION>_<FIELD>` in the environment wins over `[section] field` in the file, which wins over the
default. `Settings.at` derives all addresses of a local system from its folder and base port.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from schemas.errors import Stop

PREFIX = "ZEVEN_"
RECONNECT_MS = 1_000  # kafka-python would wait up to 30 s after a broker came back
Source = Literal["default", "file", "environment"]


class Section(BaseModel):
    """A frozen part of the settings; an unknown name is a fault, not a surprise later."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Kafka(Section):
    """How to reach Kafka."""

    bootstrap: str = Field("127.0.0.1:9092", description="Bootstrap servers, host:port, separated by commas.")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="Security protocol of Kafka."
    )
    sasl_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] | None = Field(
        None, description="SASL mechanism, with a SASL protocol."
    )
    username: str | None = Field(None, description="SASL user: the principal of this process.")
    password: SecretStr | None = Field(None, description="SASL password.")
    password_file: Path | None = Field(None, description="File with the SASL password, instead of it.")
    ca_file: Path | None = Field(
        None, description="PEM file of the authority that signed the brokers' certificates."
    )

    def for_kafka_python(self) -> dict[str, Any]:
        """Keyword arguments for the clients of kafka-python."""
        arguments = self._common() | {"reconnect_backoff_max_ms": RECONNECT_MS}
        return arguments | ({"ssl_cafile": str(self.ca_file)} if self.ca_file else {})

    def for_aiokafka(self) -> dict[str, Any]:
        """Keyword arguments for the clients of aiokafka."""
        if "SSL" not in self.security_protocol:
            return self._common()
        from aiokafka.helpers import create_ssl_context  # the connectors' room has no aiokafka

        return self._common() | {
            "ssl_context": create_ssl_context(cafile=str(self.ca_file) if self.ca_file else None)
        }

    def _common(self) -> dict[str, Any]:
        arguments: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap.split(","),
            "security_protocol": self.security_protocol,
        }
        if self.sasl_mechanism:
            arguments["sasl_mechanism"] = self.sasl_mechanism
            arguments["sasl_plain_username"] = self.username
            arguments["sasl_plain_password"] = self._secret()
        return arguments

    def _secret(self) -> str | None:
        """The password. Raises `Stop` when its file cannot be read."""
        if self.password is not None or self.password_file is None:
            return self.password.get_secret_value() if self.password else None
        try:
            return self.password_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as fault:
            raise Stop(
                "The Kafka password cannot be read", where=str(self.password_file), fix=str(fault)
            ) from fault


class Registry(Section):
    """How to reach the schema registry."""

    url: str = Field(
        "http://127.0.0.1:8081/apis/ccompat/v7", description="Confluent-compatible API of the registry."
    )


class Topics(Section):
    """How topics are made; what is there already is left as it is."""

    partitions: int = Field(4, ge=1, le=256, description="Partitions of every partitioned topic.")
    replication: int = Field(1, ge=1, le=7, description="Replicas of every topic; 3 on a cluster.")
    history_days: int = Field(
        1096,
        ge=1,
        le=36_500,
        description="Days that a version of a national record is kept after the next one.",
    )
    min_compaction_lag_ms: int | None = Field(
        None, description="Overrides the catalogue's one day; for trials."
    )
    segment_ms: int | None = Field(None, description="Time after which a segment is closed; for trials.")
    segment_bytes: int | None = Field(None, description="Size at which a segment is closed; for trials.")


class Page(Section):
    """Where the page and the API answer."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8710, description="Port of page and API.")
    public_url: str = Field(
        "",
        pattern=r"^(https?://[^\s/]+)?$",
        description="Address by which people reach the page, such as https://zeven.example.org; invitations and "
        "cookies follow it.",
    )
    licence: str = Field(
        "",
        pattern=r"^(https?://\S+)?$",
        description="Address of the licence of the data, for data portals (DCAT); empty: not known.",
    )
    session_idle_min: int = Field(
        60, ge=1, le=1440, description="Minutes after which an idle session is over."
    )
    session_h: int = Field(12, ge=1, le=168, description="Hours after which every session is over.")


class Ports(Section):
    """Loopback ports of the other parts of a local system."""

    host: str = Field("127.0.0.1", description="Address that all of them listen on.")
    samples: int = Field(8713, description="Sample source systems, HTTP.")
    webhook: int = Field(8714, description="Receiver of webhooks.")
    smtp: int = Field(8715, description="Catcher of mail, SMTP.")
    receivers: int = Field(8716, description="Page that shows what the receivers got.")
    controller: int = Field(8719, description="Controller of the embedded Kafka.")
    connector: int = Field(8720, description="Metrics and health of a connector by itself.")
    samples_database: int = Field(8725, description="PostgreSQL of the samples.")
    connectors: int = Field(
        8730, description="The same of the first connector here; each further hub the next."
    )
    inbox: int = Field(
        8750, description="Door for uploads and webhooks of the first hub; each further the next."
    )
    inbox_metrics: int = Field(8760, description="Metrics and health of the first of these doors.")
    worker: int = Field(8721, description="Metrics and health of the stream worker.")
    worker_two: int = Field(8722, description="Metrics and health of a second stream worker.")
    deliver: int = Field(8723, description="Metrics and health of the delivery.")
    samples_metrics: int = Field(8724, description="Metrics and health of the samples.")


class Inbox(Section):
    """The door of a hub for uploads and webhooks."""

    host: str = Field("127.0.0.1", description="Address that it listens on.")
    certificate: Path | None = Field(None, description="PEM file with its certificate and those above it.")
    key: Path | None = Field(None, description="PEM file with the key of its certificate.")
    behind_proxy: bool = Field(
        False, description="Something in front of it speaks TLS: listen without TLS, also off this machine."
    )
    public_url: str = Field(
        "",
        pattern=r"^(https?://[^\s/]+(/\S*)?)?$",
        description="Address by which the outside reaches it, such as https://inbox.example.org; webhooks sign it.",
    )
    max_bytes: int = Field(50_000_000, gt=0, description="Largest file that can be uploaded.")
    keep_h: float = Field(24.0, gt=0, le=720, description="Hours that an upload waits to be published.")


class Notices(Section):
    """How notices leave the house."""

    folder: Path | None = Field(
        None, description="Folder with subscriptions (*.toml); default: <data>/subscriptions."
    )
    allow: tuple[str, ...] = Field(
        ("127.0.0.1", "localhost"),
        description="Hosts that may be sent to; separated by commas in the environment.",
    )
    smtp_host: str = Field("127.0.0.1", description="Mail server.")
    smtp_port: int | None = Field(
        None, description="Port of the mail server; default: the local mail catcher."
    )
    smtp_username: str | None = Field(None, description="User at the mail server.")
    smtp_password: SecretStr | None = Field(None, description="Password at the mail server.")
    smtp_tls: bool = Field(False, description="Use STARTTLS; always on outside of this machine.")
    sender: str = Field("zeven@localhost", description="Address that mails come from.")


class Settings(Section):
    """All settings of one Zeven."""

    data: Path = Field(
        Path.home() / ".local/share/zeven", description="Folder with the state of this system."
    )
    hubs: Path | None = Field(
        None, description="Folder with hubs of your own: <hub>/manifest.toml and mapping.py."
    )
    kafka: Kafka = Kafka()
    registry: Registry = Registry()
    topics: Topics = Topics()
    page: Page = Page()
    ports: Ports = Ports()
    inbox: Inbox = Inbox()
    notices: Notices = Notices()

    @classmethod
    def load(cls, environ: Mapping[str, str], toml_path: Path | None = None) -> Self:
        """Build the settings. Raises `Stop` that names every fault at once."""
        document: dict[str, Any] = {}
        if toml_path is not None:
            try:
                document = tomllib.loads(toml_path.read_text(encoding="utf-8"))
            except (OSError, tomllib.TOMLDecodeError) as fault:
                raise Stop(
                    "The settings file cannot be read", where=str(toml_path), fix=str(fault)
                ) from fault
        for section, name, variable in names():
            if variable in environ:
                value: Any = environ[variable]
                if name == "allow":
                    value = [host.strip() for host in value.split(",") if host.strip()]
                (document.setdefault(section, {}) if section else document)[name] = value
        unknown = sorted(
            variable
            for variable in environ
            if variable.startswith(tuple(f"{PREFIX}{section.upper()}_" for section in sections()))
            and variable not in {known for _, _, known in names()}
        )
        return cls._checked(document, unknown)

    @classmethod
    def _checked(cls, document: dict[str, Any], unknown: list[str]) -> Self:
        faults = [f"{variable}: no such setting" for variable in unknown]
        try:
            built = cls.model_validate(document)
        except ValidationError as invalid:
            faults += [f"{'.'.join(map(str, e['loc']))}: {e['msg'].lower()}" for e in invalid.errors()]
        if faults:
            raise Stop(
                "The settings have faults: " + "; ".join(faults), fix="`zeven settings` lists all names."
            )
        return built

    @classmethod
    def at(cls, data: Path, base_port: int | None = None) -> Self:
        """Settings of a local system in folder `data`; every port follows from `base_port`."""
        if base_port is None:
            return cls(data=data)
        n = base_port
        return cls(
            data=data,
            kafka=Kafka(bootstrap=f"127.0.0.1:{n + 1}"),
            registry=Registry(url=f"http://127.0.0.1:{n + 2}/apis/ccompat/v7"),
            page=Page(port=n),
            ports=Ports(**{name: n + offset for name, offset in _OFFSETS.items()}),
        )

    def environ(self) -> dict[str, str]:
        """The environment that makes a child process hold these settings."""
        found: dict[str, str] = {}
        for section, name, variable in names():
            value = getattr(getattr(self, section) if section else self, name)
            if isinstance(value, SecretStr):
                value = value.get_secret_value()
            if value is not None:
                found[variable] = ",".join(value) if isinstance(value, tuple) else str(value)
        return found

    @property
    def smtp_port(self) -> int:
        """Port of the mail server."""
        return self.notices.smtp_port or self.ports.smtp


_OFFSETS = {
    "samples": 3,
    "webhook": 4,
    "smtp": 5,
    "receivers": 6,
    "controller": 9,
    "connector": 10,
    "worker": 11,
    "worker_two": 12,
    "deliver": 13,
    "samples_metrics": 14,
    "samples_database": 15,
    "connectors": 20,
    "inbox": 40,
    "inbox_metrics": 50,
}


def sections() -> dict[str, type[Section]]:
    """The sections by name."""
    return {
        name: field.annotation
        for name, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section)
    }


def names() -> Iterator[tuple[str, str, str]]:
    """Every setting: section (empty for top level), field, name in the environment."""
    known = sections()
    yield from (("", name, f"{PREFIX}{name.upper()}") for name in Settings.model_fields if name not in known)
    for section, model in known.items():
        yield from (
            (section, name, f"{PREFIX}{section.upper()}_{name.upper()}") for name in model.model_fields
        )
