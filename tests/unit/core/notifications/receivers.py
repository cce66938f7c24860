"""Receivers of webhooks and of mail: real servers that answer as their test has them."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from standardwebhooks import Webhook as Verifier


@dataclass
class Received:
    """A request as it came."""

    headers: dict[str, str]
    body: bytes

    def verified(self, secret: str) -> dict[str, Any]:
        """Its body, once the library of the standard has verified the signature."""
        return cast("dict[str, Any]", Verifier(secret).verify(self.body, self.headers))


@dataclass
class Receiver:
    """Answers with each of these statuses in turn, then with the last one for ever; 0 hangs until the test is over."""

    statuses: list[int] = field(default_factory=lambda: [200])
    location: str = ""
    received: list[Received] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def next_status(self) -> int:
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


@contextmanager
def receiver(*statuses: int, location: str = "") -> Iterator[Receiver]:
    """A receiver of webhooks on this machine."""
    made = Receiver(list(statuses or (200,)), location)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.received.append(Received(dict(self.headers.items()), body))
            status = made.next_status()
            if status == 0:
                made.over.wait(60)
                return
            self.send_response(status)
            if made.location:
                self.send_header("Location", made.location)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *_: Any) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_port}/hook"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield made
        made.over.set()
        server.shutdown()


@dataclass
class Mailbox:
    """Mail that has come in, and how the server is reached."""

    url: str = ""
    mails: list[tuple[str, Message]] = field(default_factory=list)


@contextmanager
def mail_server(refuse: str = "") -> Iterator[Mailbox]:
    """An SMTP server on this machine, which refuses mail to that address."""
    box = Mailbox()

    class Handler(socketserver.StreamRequestHandler):
        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

        def handle(self) -> None:
            self.say("220 here")
            to = ""
            while line := self.rfile.readline().decode().strip():
                word = line.upper()
                if word.startswith("RCPT TO:"):
                    to = line[8:].strip("<> ")
                    self.say("550 nobody" if to == refuse else "250 ok")
                elif word == "DATA":
                    self.say("354 go on")
                    lines = []
                    while (text := self.rfile.readline()) != b".\r\n":
                        lines.append(text)
                    box.mails.append((to, message_from_bytes(b"".join(lines))))
                    self.say("250 taken")
                else:
                    self.say("221 bye" if word == "QUIT" else "250 ok")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        box.url = f"smtp://127.0.0.1:{server.server_address[1]}/?from=ml@example.org"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield box
        server.shutdown()
