"""Sources in buckets: a server of S3's interface, and an emulator of Cloud Storage."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import obstore
import pytest
import requests
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from obstore.store import S3Store

from backends.fetch.bucket_source import BucketSource
from core.errors import FetchFailed
from core.limits.outgoing import OutgoingPolicy
from core.source_ports import FetchLimits, Opened
from tests.emulators.gcs import running_gcs
from tests.emulators.gcs_xml import running_gcs_xml
from tests.emulators.s3 import running_s3

BUCKET = "prices"
KEYS = json.dumps({"access_key_id": "testing", "secret_access_key": "testing"})


class Bucket:
    """A bucket, and a source that reads it."""

    def __init__(self, scheme: str, endpoint: str, put: Callable[[str, bytes], Any], **spec: Any) -> None:
        self.scheme = scheme
        self.endpoint = endpoint
        self.put = put
        self.spec = spec

    def open(self, pattern: str, since: Any = None, max_bytes: int = 1 << 30, bucket: str = BUCKET) -> Opened | None:
        reader = BucketSource(OutgoingPolicy("public", loopback=True), FetchLimits(max_bytes, 10, 30.0))
        spec = {"url": f"{self.scheme}://{bucket}/{pattern}", "endpoint_url": self.endpoint, **self.spec}
        return reader.open(spec, {"keys": KEYS}, since=since)

    def read(self, pattern: str) -> bytes:
        opened = self.open(pattern)
        assert opened is not None
        with closing(opened):
            return b"".join(opened.chunks)


@pytest.fixture(scope="module", params=["s3", "gs"])
def bucket(request: pytest.FixtureRequest) -> Iterator[Bucket]:
    if request.param == "s3":
        with running_s3() as url:
            requests.put(f"{url}/{BUCKET}", timeout=30).raise_for_status()
            store = S3Store(
                BUCKET, endpoint=url, access_key_id="testing", secret_access_key="testing", region="us-east-1",
                client_options={"allow_http": True},
            )  # fmt: skip
            yield Bucket(
                "s3", url, lambda name, body: obstore.put(store, name, body), credentials={"secret": "keys"}
            )  # fmt: skip
        return
    with running_gcs() as emulator, running_gcs_xml(emulator.url) as xml:
        client = storage.Client("test", AnonymousCredentials(), client_options={"api_endpoint": emulator.url})
        made = client.create_bucket(BUCKET)

        def put(name: str, body: bytes) -> None:
            made.blob(name).upload_from_string(body)

        yield Bucket("gs", xml, put)


def test_an_object_comes_as_it_is_and_not_again(bucket: Bucket) -> None:
    bucket.put("one/a.csv", b"a,b\n1,2\n")
    opened = bucket.open("one/a.csv")
    assert opened is not None
    with closing(opened):
        assert b"".join(opened.chunks) == b"a,b\n1,2\n"
    assert opened.name == "a.csv"
    assert bucket.open("one/a.csv", since=opened.version) is None
    bucket.put("one/a.csv", b"a,b\n1,3\n")
    changed = bucket.open("one/a.csv", since=opened.version)
    assert changed is not None
    with closing(changed):
        assert b"".join(changed.chunks) == b"a,b\n1,3\n"


def test_objects_of_a_pattern_come_one_after_another(bucket: Bucket) -> None:
    bucket.put("day/2026-11-02.csv", b"a,b\n3,4\n")
    bucket.put("day/2026-11-01.csv", b"a,b\n1,2")
    bucket.put("day/2026-11-03.csv", gzip.compress(b"a,b\n5,6\n"))
    bucket.put("day/other.txt", b"no table")
    bucket.put("day/deep/2026-11-04.csv", b"a,b\n7,8\n")
    assert bucket.read("day/*.csv") == b"a,b\n1,2\n3,4\n5,6\n"
    assert bucket.read("day/**.csv") == b"a,b\n1,2\n3,4\n5,6\n7,8\n"
    assert bucket.read("day/2026-11-0*.csv") == b"a,b\n1,2\n3,4\n5,6\n"


def test_a_new_object_of_a_pattern_is_a_change(bucket: Bucket) -> None:
    bucket.put("new/1.csv", b"a\n1\n")
    first = bucket.open("new/*.csv")
    assert first is not None
    assert bucket.open("new/*.csv", since=first.version) is None
    bucket.put("new/2.csv", b"a\n2\n")
    assert bucket.open("new/*.csv", since=first.version) is not None


def test_large_objects_come_in_chunks(bucket: Bucket) -> None:
    body = b"a\n" + b"0123456789\n" * 700_000
    bucket.put("large.csv", body)
    opened = bucket.open("large.csv")
    assert opened is not None
    with closing(opened):
        chunks = list(opened.chunks)
    assert b"".join(chunks) == body
    assert len(chunks) > 1


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [("nothing.csv", "SOURCE_NOT_FOUND"), ("nothing/*.csv", "SOURCE_NOT_FOUND"), ("empty.csv", "NO_DATA"),
     ("differ/*.csv", "HEADERS_DIFFER"), ("../one/a.csv", "BAD_URL")],
)  # fmt: skip
def test_what_cannot_be_read_fails_in_words(bucket: Bucket, pattern: str, reason: str) -> None:
    bucket.put("empty.csv", b"")
    bucket.put("differ/1.csv", b"a,b\n1,2\n")
    bucket.put("differ/2.csv", b"b,a\n1,2\n")
    with pytest.raises(FetchFailed) as caught:
        bucket.read(pattern)
    assert caught.value.reason == reason


def test_more_than_is_allowed_is_refused_before_it_comes(bucket: Bucket) -> None:
    bucket.put("big/1.csv", b"a\n" * 50)
    bucket.put("big/2.csv", b"a\n" * 50)
    with pytest.raises(FetchFailed, match="FILE_TOO_LARGE"):
        bucket.open("big/*.csv", max_bytes=150)


def test_a_bucket_that_there_is_not_fails_in_words(bucket: Bucket) -> None:
    for pattern in ("a.csv", "*.csv"):
        with pytest.raises(FetchFailed) as caught:
            bucket.open(pattern, bucket="nobodys-bucket")
        assert caught.value.reason in {"SOURCE_NOT_FOUND", "CONNECTION_FAILED"}
