"""Requests to Cloud Storage get lost, or their answers: an upload is whole, once, or not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from backends.blobs.gcs import GcsBlobs
from core.errors import BlobExists, Unavailable
from tests.emulators.gcs import GcsEmulator
from tests.unit.backends.blobs.conftest import CONTENT, objects, sessions


class Line(HTTPAdapter):
    """The line of the uploads, which `fault` may cut before or after a request: (index, send) -> response."""

    def __init__(self, fault: Callable[[int, Callable[[], requests.Response]], requests.Response]) -> None:
        super().__init__()
        self.fault = fault
        self.requests: list[str] = []

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self.requests.append(f"{request.method} {request.headers.get('Content-Range', '')}".strip())
        return self.fault(len(self.requests) - 1, lambda: super(Line, self).send(request, *args, **kwargs))


def lost(_: int = 0) -> requests.Response:
    raise requests.ConnectionError("reset by a test")


@pytest.mark.parametrize("index", [0, 1, 2])
def test_requests_that_get_lost_are_sent_again(blobs: GcsBlobs, index: int) -> None:
    line = Line(lambda now, send: lost() if now == index else send())
    blobs._http.mount("http://", line)
    info = blobs.write("u1/m1", CONTENT)
    assert blobs.stat("u1/m1") == info
    assert b"".join(blobs.read("u1/m1")) == b"".join(CONTENT)
    assert len(line.requests) == 5


@pytest.mark.parametrize("index", [0, 1])
def test_chunks_whose_answer_is_lost_are_not_sent_again(blobs: GcsBlobs, index: int) -> None:
    line = Line(lambda now, send: lost(send().status_code) if now == index else send())
    blobs._http.mount("http://", line)
    blobs.write("u1/m1", CONTENT)
    assert b"".join(blobs.read("u1/m1")) == b"".join(CONTENT)
    assert line.requests[index + 1] == "PUT bytes */*"
    assert len(line.requests) == 4


@pytest.mark.parametrize("overwrite", [True, False])
def test_upload_whose_last_answer_is_lost_is_written_once(blobs: GcsBlobs, bucket: str, overwrite: bool) -> None:
    blobs._http.mount("http://", Line(lambda now, send: lost(send().status_code) if now == 2 else send()))
    info = blobs.write("u1/m1", CONTENT, overwrite=overwrite)
    assert blobs.stat("u1/m1") == info
    assert objects(bucket) == ["u1/m1"]


def test_lost_last_answer_of_the_loser_is_no_win(blobs: GcsBlobs, bucket: str) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"slow"
        other.write("u1/m1", [b"slow"])  # the same bytes, but not ours

    other = GcsBlobs(bucket)
    blobs._http.mount("http://", Line(lambda now, send: lost(send().status_code) if now == 0 else send()))
    with pytest.raises(BlobExists):
        blobs.write("u1/m1", chunks())
    other.close()


def test_line_that_stays_cut_leaves_nothing(
    blobs: GcsBlobs, bucket: str, emulator: GcsEmulator, impatient: None
) -> None:
    line = Line(lambda now, send: send() if line.requests[-1].startswith("DELETE") else lost())
    blobs._http.mount("http://", line)
    with pytest.raises(Unavailable, match="u1/m1") as caught:
        blobs.write("u1/m1", CONTENT)
    causes: list[BaseException] = []
    cause: BaseException | None = caught.value
    while cause is not None:
        causes.append(cause)
        cause = cause.__cause__
    assert not any("upload_id" in str(cause) for cause in causes)
    assert objects(bucket) == []
    assert sessions(emulator, bucket) == 0


@pytest.mark.parametrize("status", [429, 500, 503])
def test_overloaded_service_is_asked_again(blobs: GcsBlobs, status: int) -> None:
    def answer(now: int, send: Callable[[], requests.Response]) -> requests.Response:
        response = send()
        if now == 1:
            response.status_code = status
        return response

    blobs._http.mount("http://", Line(answer))
    blobs.write("u1/m1", CONTENT)
    assert b"".join(blobs.read("u1/m1")) == b"".join(CONTENT)


def test_bytes_changed_on_their_way_in_are_refused(blobs: GcsBlobs, bucket: str) -> None:
    class Garbling(HTTPAdapter):
        def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
            if request.body:
                request.body = b"!" + bytes(request.body)[1:]
            return super().send(request, *args, **kwargs)

    blobs._http.mount("http://", Garbling())
    with pytest.raises(Unavailable, match="u1/m1"):
        blobs.write("u1/m1", CONTENT)
    assert objects(bucket) == []
