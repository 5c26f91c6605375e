"""A real Kafka that trusts nobody: TLS with a certificate authority of its own, SCRAM passwords, judged rights."""

from __future__ import annotations

import subprocess
from pathlib import Path

from pydantic import SecretStr

from deploy.security import guard, new_password, set_user
from schemas.settings import Kafka, Settings
from tests.support.broker import PORTS, Cluster, free_ports
from tests.support.programs import program

ADMIN = "admin"
PASSWORD = "admin-of-a-test"
_CONFIG = "[san]\nsubjectAltName=IP:127.0.0.1,DNS:localhost\nbasicConstraints=CA:FALSE\n"


def authority(folder: Path) -> Path:
    """Make an authority and a server certificate that it signed, as `server.pem`; returns the authority's PEM."""
    openssl_at = program("openssl", "openssl")

    def openssl(*words: str) -> None:
        subprocess.run([openssl_at, *words], cwd=folder, check=True, capture_output=True)

    (folder / "san.cnf").write_text(_CONFIG, encoding="utf-8")
    for name, subject in (("ca", "/CN=Zeven test authority"), ("server", "/CN=127.0.0.1")):
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", f"{name}.key")
        openssl("req", "-new", "-key", f"{name}.key", "-subj", subject, "-out", f"{name}.csr")
    openssl(
        "req", "-x509", "-key", "ca.key", "-subj", "/CN=Zeven test authority", "-days", "2", "-out", "ca.pem"
    )
    signing = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2")
    openssl(
        *("x509", "-req", "-in", "server.csr", *signing),
        *("-extfile", "san.cnf", "-extensions", "san", "-out", "server.crt"),
    )
    pem = "".join((folder / name).read_text(encoding="ascii") for name in ("server.key", "server.crt"))
    (folder / "server.pem").write_text(pem, encoding="ascii")
    return folder / "ca.pem"


def overrides(settings: Settings, pem: Path) -> dict[str, str]:
    """What server.properties says where nobody is trusted; the controller listens on loopback alone."""
    listen, control = settings.kafka.bootstrap, f"127.0.0.1:{settings.ports.controller}"
    login = "org.apache.kafka.common.security.scram.ScramLoginModule required"
    return {
        "listeners": f"SASL_SSL://{listen},CONTROLLER://{control}",
        "advertised.listeners": f"SASL_SSL://{listen},CONTROLLER://{control}",
        "inter.broker.listener.name": "SASL_SSL",
        "listener.security.protocol.map": "SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": (
            f'{login} username="{ADMIN}" password="{PASSWORD}";'
        ),
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(pem / "server.pem"),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(pem / "ca.pem"),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:{ADMIN};User:ANONYMOUS",
        "allow.everyone.if.no.acl.found": "false",
    }


class Secured(Cluster):
    """Such a Kafka, with a registry; `settings` are those of its super user."""

    def __init__(self, folder: Path, hubs: Path | None = None) -> None:
        pem = folder / "tls"
        pem.mkdir(parents=True)
        self.ca = authority(pem)
        settings = Settings.at(folder, free_ports(PORTS))
        settings = settings.model_copy(update={"hubs": hubs})
        user = f"SCRAM-SHA-512=[name={ADMIN},password={PASSWORD}]"
        super().__init__(folder, overrides(settings, pem), settings, (user,))
        self.settings = self.as_user(ADMIN, PASSWORD)

    def as_user(self, user: str, password: str) -> Settings:
        """The settings of another user."""
        kafka = Kafka(
            bootstrap=self.settings.kafka.bootstrap,
            security_protocol="SASL_SSL",
            sasl_mechanism="SCRAM-SHA-512",
            username=user,
            password=SecretStr(password),
            ca_file=self.ca,
        )
        return self.settings.model_copy(update={"kafka": kafka})

    def with_password(self, user: str) -> Settings:
        """The settings of a user that is given a password now."""
        password = new_password()
        with guard(self.settings) as client:
            set_user(client, user, password)
        return self.as_user(user, password)
