"""What web servers say, and a source that asks them."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from backends.fetch.http_source import HttpSource
from core.limits.outgoing import OutgoingPolicy
from core.source_ports import FetchLimits, Opened
from tests.unit.backends.fetch.conftest import Server

CSV = b"a,b\n1,x\n2,y\n"
MAX_BYTES = 100_000
MONDAY = "Mon, 30 Nov 2026 10:00:00 GMT"


def source(**limits: Any) -> HttpSource:
    policy = OutgoingPolicy("public", loopback=True)
    return HttpSource(policy, FetchLimits(**{"max_bytes": MAX_BYTES, "max_rows": 10, "seconds": 5.0, **limits}))


def url_of(server: Server, path: str = "/data.csv") -> str:
    return f"http://127.0.0.1:{server.port}{path}"


def read(opened: Opened | None) -> bytes:
    assert opened is not None
    with closing(opened):
        return b"".join(opened.chunks)


def fetch(server: Server, since: Any = None, **limits: Any) -> bytes:
    return read(source(**limits).open({"url": url_of(server)}, {}, since=since))


def answer(body: bytes = CSV, status: str = "200 OK", length: int | None = None, **headers: str) -> bytes:
    said = {"Content-Length": str(len(body) if length is None else length), "Connection": "close"}
    said |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in said.items() if value)
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + body + end
