"""Bodies that are not what their headers say: refused, and nothing of them is kept."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from tests.bad_input.conftest import Asker, problem_of

TABLE = b"name,age\nada,36\ngrace,85\n"
LARGE = TABLE + b"x,1\n" * 500_000
MULTIPART = "multipart/form-data; boundary=X"


def multipart(*parts: tuple[str, str | None, bytes], end: bytes = b"--X--\r\n") -> bytes:
    body = b""
    for name, filename, data in parts:
        file = f'; filename="{filename}"' if filename else ""
        body += f'--X\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + data + b"\r\n"
    return body + end


FILE = ("file", "a.csv", TABLE)
BODIES: dict[str, tuple[str, bytes, int, str]] = {
    # what: (Content-Type, body, status, reason)
    "no content type": ("", TABLE, 415, "UNSUPPORTED_MEDIA_TYPE"),
    "JSON": ("application/json", TABLE, 400, "MALFORMED_JSON"),
    "an image": ("image/png", TABLE, 415, "UNSUPPORTED_MEDIA_TYPE"),
    "a form": ("application/x-www-form-urlencoded", b"file=a%2Cb", 415, "UNSUPPORTED_MEDIA_TYPE"),
    "multipart of another kind": ("multipart/mixed; boundary=X", multipart(FILE), 415, "UNSUPPORTED_MEDIA_TYPE"),
    "no boundary": ("multipart/form-data", multipart(FILE), 400, "MALFORMED_MULTIPART"),
    "a boundary of 300 characters": (
        "multipart/form-data; boundary=" + "X" * 300,
        multipart(FILE),
        400,
        "MALFORMED_MULTIPART",
    ),
    "another boundary": ("multipart/form-data; boundary=Y", multipart(FILE), 400, "TRUNCATED_BODY"),
    "cut short": (MULTIPART, multipart(FILE, end=b""), 400, "TRUNCATED_BODY"),
    "cut short in the last boundary": (MULTIPART, multipart(FILE, end=b"--X"), 400, "TRUNCATED_BODY"),
    "cut short in the headers": (MULTIPART, multipart(FILE)[:50], 400, "TRUNCATED_BODY"),
    "nothing": (MULTIPART, b"\r\n", 400, "TRUNCATED_BODY"),
    "no part": (MULTIPART, multipart(), 422, "FILE_MISSING"),
    "a part of another name": (MULTIPART, multipart(("data", "a.csv", TABLE)), 422, "UNKNOWN_PART"),
    "two files": (MULTIPART, multipart(FILE, FILE), 422, "UNKNOWN_PART"),
    "a field behind the file": (MULTIPART, multipart(FILE, ("x", None, b"1")), 422, "UNKNOWN_PART"),
    "1,500 parts": (MULTIPART, multipart(*[("p", None, b"1")] * 1500), 422, "UNKNOWN_PART"),
    "a part without a name": (MULTIPART, b"--X\r\nA: b\r\n\r\nx\r\n--X--\r\n", 400, "MALFORMED_MULTIPART"),
    "headers of 300 KB": (MULTIPART, b"--X\r\nA: " + b"b" * 300_000, 413, "HEADERS_TOO_LARGE"),
    "an empty file": (MULTIPART, multipart(("file", "a.csv", b"")), 422, "EMPTY_FILE"),
}


def test_bodies_of_uploads(ask: Asker) -> None:
    blobs, datasets = ask.blobs(), ask.call("GET", "/datasets").get_json()
    for what, (content_type, body, status, reason) in BODIES.items():
        answer = ask.call("POST", "/datasets", {"Content-Type": content_type}, data=body)
        assert problem_of(answer) == (status, reason), what
    assert ask.blobs() == blobs
    assert ask.call("GET", "/datasets").get_json() == datasets


def test_sound_multipart(ask: Asker) -> None:
    for parts in ([FILE], [("file", None, TABLE)], [("file", "../../etc/passwd", TABLE)]):
        answer = ask.call("POST", "/datasets", {"Content-Type": MULTIPART}, data=multipart(*parts))
        assert answer.status_code == 201
        made = answer.get_json()
        assert "/" not in made["name"]
        assert ask.call("GET", f"/datasets/{made['id']}/content").data == TABLE


@pytest.mark.parametrize("data", [TABLE, LARGE], ids=["small", "beyond the first MiB"])
@pytest.mark.parametrize("terminated", [False, True])
def test_fewer_bytes_than_content_length_says(ask: Asker, data: bytes, terminated: bool) -> None:
    before = ask.blobs()
    environ = {"CONTENT_LENGTH": str(len(data) + 7), "wsgi.input_terminated": terminated}
    answer = ask.call("POST", "/datasets", {"Content-Type": "text/csv"}, input_stream=io.BytesIO(data),
                      environ_overrides=environ)  # fmt: skip
    assert problem_of(answer) == (400, "TRUNCATED_BODY")
    assert ask.blobs() == before


class BreaksOff:
    """A connection that says no more, as a socket with a time limit tells it."""

    def __init__(self, data: bytes) -> None:
        self.chunks: Iterator[bytes] = iter([data[: 1 << 20], data[1 << 20 :]])

    def read(self, size: int = -1) -> bytes:
        if chunk := next(self.chunks, b""):
            return chunk
        raise TimeoutError("timed out")


@pytest.mark.parametrize("path", ["/datasets", "/keys"])
def test_a_sender_that_falls_silent(ask: Asker, path: str) -> None:
    before = ask.blobs()
    content_type = "text/csv" if path == "/datasets" else "application/json"
    environ = {"wsgi.input": BreaksOff(LARGE), "wsgi.input_terminated": True}
    answer = ask.call("POST", path, {"Content-Type": content_type}, environ_overrides=environ)
    assert problem_of(answer) == (400, "TRUNCATED_BODY")
    assert ask.blobs() == before


@pytest.mark.parametrize("coding", ["br", "deflate", "gzip, gzip", "zstd", "x" * 1000])
def test_content_encodings(ask: Asker, coding: str) -> None:
    answer = ask.upload(TABLE, **{"Content-Encoding": coding})
    assert problem_of(answer) == (415, "UNSUPPORTED_ENCODING")


@pytest.mark.parametrize(
    ("method", "path", "status", "reason"),
    [
        ("GET", "/nothing", 404, "NOT_FOUND"),
        ("GET", "/datasets/../../etc/passwd", 404, "NOT_FOUND"),
        ("GET", "/datasets/%2e%2e%2f%2e%2e", 404, "NOT_FOUND"),
        ("GET", "/datasets/%00", 404, "NOT_FOUND"),
        ("GET", "/datasets/" + "x" * 5000, 404, "NOT_FOUND"),
        ("GET", "/datasets/a%23b", 404, "NOT_FOUND"),
        ("PUT", "/datasets", 405, "METHOD_NOT_ALLOWED"),
        ("BREW", "/datasets", 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/datasets?name=" + "n" * 201, 422, "VALIDATION_FAILED"),
        ("POST", "/datasets?name=a%0ab", 422, "VALIDATION_FAILED"),
        ("POST", "/datasets?nmae=x", 422, "VALIDATION_FAILED"),
    ],
)
def test_paths_methods_and_names(ask: Asker, method: str, path: str, status: int, reason: str) -> None:
    assert problem_of(ask.call(method, path, {"Content-Type": "text/csv"}, data=TABLE)) == (status, reason)


@pytest.mark.parametrize("key", ["", "k" * 201])
def test_idempotency_keys(ask: Asker, key: str) -> None:
    assert problem_of(ask.upload(TABLE, **{"Idempotency-Key": key})) == (422, "BAD_IDEMPOTENCY_KEY")
