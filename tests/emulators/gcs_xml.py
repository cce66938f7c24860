"""Cloud Storage's older interface, XML, in front of the emulator, which has the newer one alone: obstore speaks it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

import requests

NAMESPACE = "http://doc.s3.amazonaws.com/2006-03-01"


@contextlib.contextmanager
def running_gcs_xml(emulator: str) -> Iterator[str]:
    """Serve the objects of the emulator at that address; return the address of the XML interface."""
    handler = type("Handler", (_Handler,), {"emulator": emulator})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    emulator = ""

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, *_: Any) -> None:
        return

    def _answer(self, *, with_body: bool) -> None:
        parts = urlsplit(self.path)
        bucket, _, name = unquote(parts.path.lstrip("/")).partition("/")
        root = f"{self.emulator}/storage/v1/b/{bucket}/o"
        if not name:
            query = parse_qs(parts.query)
            found = requests.get(root, params={"prefix": query.get("prefix", [""])[0]}, timeout=30)
            body = "".join(map(_contents, found.json().get("items", []))) if found.ok else ""
            self._send(found.status_code, f'<ListBucketResult xmlns="{NAMESPACE}">{body}</ListBucketResult>'.encode())
            return
        meta = requests.get(f"{root}/{quote(name, safe='')}", timeout=30)
        if not meta.ok:
            self._send(404, b"<Error><Code>NoSuchKey</Code></Error>" if with_body else b"")
            return
        about = meta.json()
        if self.headers.get("If-Match", etag(about)) != etag(about):
            self._send(412, b"<Error><Code>PreconditionFailed</Code></Error>")
            return
        headers = {
            "ETag": etag(about), "Last-Modified": format_datetime(_time(about), usegmt=True),
            "x-goog-generation": str(about["generation"]),
        }  # fmt: skip
        if not with_body:
            self._send(200, b"", int(about["size"]), **headers)
            return
        data = requests.get(f"{root}/{quote(name, safe='')}?alt=media", timeout=30)
        self._send(200, data.content, **headers)

    def _send(self, status: int, body: bytes, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body) if length is None else length)}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def etag(about: dict[str, Any]) -> str:
    """The object's, which the emulator may not have: its generation is another for other bytes."""
    return f'"{about["generation"]}-{about.get("md5Hash", "")}"'


def _time(about: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(about["updated"].replace("Z", "+00:00")).astimezone(UTC)


def _contents(about: dict[str, Any]) -> str:
    return (
        f"<Contents><Key>{escape(about['name'])}</Key><LastModified>{_time(about):%Y-%m-%dT%H:%M:%SZ}</LastModified>"
        f"<ETag>{escape(etag(about))}</ETag><Size>{about['size']}</Size></Contents>"
    )
