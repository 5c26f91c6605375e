"""Out by mail: SMTP to the server of the settings, one message to the role mailboxes of a subscription.

`Message-ID` follows from the notice's id, so that a second copy after a lost reply is recognised (RFC 1047).
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

from pydantic import SecretStr

from connectors.sinks.allow import Allow
from connectors.sinks.outcome import DELIVERED, Message, Outcome
from schemas.errors import Reject, Retry

TIMEOUT_S = 30.0
_PERMANENT = 500


@dataclass(frozen=True)
class Server:
    """The mail server and the address mails come from."""

    host: str
    port: int
    sender: str
    username: str | None = None
    password: SecretStr | None = None
    tls: bool = False

    @property
    def domain(self) -> str:
        """Domain of the sender."""
        return self.sender.rpartition("@")[2] or "localhost"


@dataclass(frozen=True)
class Mail:
    """The mailboxes of one subscription."""

    server: Server
    to: Sequence[str]
    allow: Allow
    timeout_s: float = TIMEOUT_S

    def message(self, message: Message) -> EmailMessage:
        """The mail: plain text and HTML, marked as automatic."""
        mail = EmailMessage()
        mail["Message-ID"] = f"<{message.id}@{self.server.domain}>"
        mail["Date"] = format_datetime(datetime.fromtimestamp(message.created_at / 1000, UTC))
        mail["From"] = f"Zeven <{self.server.sender}>"
        mail["To"] = ", ".join(self.to)
        mail["Subject"] = message.subject
        mail["Auto-Submitted"] = "auto-generated"
        mail["List-Id"] = f"{message.list_name} <{message.subscription}.notices.{self.server.domain}>"
        mail["X-Zeven-Notice"] = message.id
        mail.set_content(message.plain)
        mail.add_alternative(message.html, subtype="html")
        return mail

    def send(self, message: Message) -> Outcome:
        """One try: accepted by the server is delivered; a lost reply after the text is unknown."""
        handed_over = False
        try:
            address = self.allow.address(self.server.host, self.server.port)
            with smtplib.SMTP(timeout=self.timeout_s) as smtp:
                self._open(smtp, address)
                handed_over = True
                refused = smtp.send_message(self.message(message), self.server.sender, list(self.to))
        except Reject as refusal:
            return Outcome("failed", str(refusal))
        except Retry as later:
            return Outcome("refused", str(later))
        except smtplib.SMTPRecipientsRefused as fault:
            codes = sorted({code for code, _ in fault.recipients.values()})
            return _answered(codes[0], f"recipients refused with {codes}")
        except smtplib.SMTPResponseException as fault:
            return _answered(fault.smtp_code, f"{fault.smtp_code} {fault.smtp_error!r}")
        except (smtplib.SMTPException, OSError) as fault:
            return Outcome("unknown" if handed_over else "refused", f"{type(fault).__name__}: {fault}"[:300])
        return Outcome("delivered", f"{len(refused)} recipients refused") if refused else DELIVERED

    def _open(self, smtp: smtplib.SMTP, address: str) -> None:
        smtp.connect(address, self.server.port)
        if self.server.tls or ("." in self.server.host and not address.startswith("127.")):
            # the certificate is checked against the name, while the connection goes to the checked address
            smtp._host = self.server.host  # type: ignore[attr-defined]
            smtp.starttls(context=ssl.create_default_context())
        if self.server.username and self.server.password:
            smtp.login(self.server.username, self.server.password.get_secret_value())

    def close(self) -> None:
        """Nothing is kept open between mails."""


def _answered(code: int, text: str) -> Outcome:
    return Outcome("failed" if code >= _PERMANENT else "refused", text[:300])
