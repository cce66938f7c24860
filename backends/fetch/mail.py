"""Mail by the operator's own SMTP server: the one of the settings, which no user names."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import parse_qs, unquote, urlsplit

from core.errors import FetchFailed
from core.settings import SettingError

TIMEOUT_S = 10.0
PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True)
class SmtpServer:
    """Where mail is handed in: `smtps://` is TLS from the start, `smtp://` changes to it where the server offers it."""

    scheme: str
    host: str
    port: int
    username: str
    password: str
    sender: str


class SmtpMailer:
    """The `Mailer` port over SMTP."""

    def __init__(self, url: str) -> None:
        self.server = parse_smtp_url(url)

    def send(self, to: str, subject: str, text: str, message_id: str) -> None:
        server = self.server
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = server.sender, to, subject
        mail["Date"], mail["Message-ID"] = formatdate(), f"<{message_id}@{server.sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text)
        try:
            with self._connect() as connection:
                if server.username:
                    connection.login(server.username, server.password)
                connection.send_message(mail)
        except smtplib.SMTPRecipientsRefused as exc:
            raise FetchFailed("MAIL_REFUSED", f"The mail server does not take mail for {to}.") from exc
        except (smtplib.SMTPException, OSError) as exc:
            raise FetchFailed("MAIL_FAILED", f"The mail server did not take it: {type(exc).__name__}.") from exc

    def _connect(self) -> smtplib.SMTP:
        server, context = self.server, ssl.create_default_context()
        if server.scheme == "smtps":
            return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=context)
        connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
        connection.ehlo()
        if connection.has_extn("starttls"):
            connection.starttls(context=context)
        elif server.username:
            connection.close()
            raise smtplib.SMTPException("no TLS: the password would go in the open")
        return connection


def parse_smtp_url(url: str) -> SmtpServer:
    """Return the server of NOBRAINS_SMTP_URL. Raises SettingError, without the address, as it may hold a password."""
    hint = "NOBRAINS_SMTP_URL must be smtp://user:password@host:port/?from=address, or smtps://"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise SettingError(hint) from exc
    sender = parse_qs(parts.query).get("from", [""])[0]
    if parts.scheme not in PORTS or not parts.hostname or "@" not in sender or any(c in sender for c in "\r\n<> "):
        raise SettingError(hint)
    return SmtpServer(
        parts.scheme, parts.hostname, port or PORTS[parts.scheme],
        unquote(parts.username or ""), unquote(parts.password or ""), sender,
    )  # fmt: skip
