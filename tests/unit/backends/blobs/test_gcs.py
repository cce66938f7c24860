"""What no contract of blobs says: names that are taken, buckets that are not ours, a service that is away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from google.cloud import storage

from backends.blobs import gcs
from backends.blobs.gcs import GcsBlobs
from backends.blobs.gcs_resumable import CHUNK_BYTES
from core.errors import BlobExists, BlobMissing, Corrupted, Unavailable
from tests.emulators.gcs import GcsEmulator, running_gcs
from tests.unit.backends.blobs.conftest import CONTENT, objects, sessions
from tests.unit.backends.conftest import StartPython

MIB = 1024 * 1024


WRITE_FOREVER = """
import sys
from backends.blobs.gcs import GcsBlobs
def chunks():
    while True:
        yield b"x" * 9_000_000
        print("written", flush=True)
GcsBlobs(sys.argv[1]).write("u1/m1", chunks())
"""


# Peak memory of this process alone (getrusage counts that of its parent before exec), in KiB.
MEASURE = """
import re, sys
from pathlib import Path
from backends.blobs.gcs import GcsBlobs
def peak_kib():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
blobs = GcsBlobs(sys.argv[1])
blobs.write("u1/small", [b"x"])
print(peak_kib())
blobs.write("u1/large", (b"%d" % (number % 10) * 2**20 for number in range(int(sys.argv[2]))))
print(peak_kib())
"""


def test_names_and_ranges_are_checked(blobs: GcsBlobs, bucket: str) -> None:
    for call in (
        lambda: blobs.write("../x", [b"x"]),
        lambda: blobs.read("../x"),
        lambda: blobs.stat(gcs.MARKER),
        lambda: blobs.delete(gcs.MARKER),
        lambda: list(blobs.names("../")),
    ):
        with pytest.raises(ValueError, match="no blob name"):
            call()
    with pytest.raises(ValueError, match="range"):
        blobs.read("u1/m1", 5, 3)
    assert objects(bucket) == []


def test_taken_name_is_told_before_the_chunks_are_read(blobs: GcsBlobs) -> None:
    blobs.write("u1/m1", [b"x"])
    chunks = iter([b"y"])
    with pytest.raises(BlobExists):
        blobs.write("u1/m1", chunks)
    assert next(chunks) == b"y"


def test_name_taken_while_the_chunks_are_read(blobs: GcsBlobs, bucket: str, emulator: GcsEmulator) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"slow"
        blobs.write("u1/m1", [b"quick"])

    with pytest.raises(BlobExists):
        blobs.write("u1/m1", chunks())
    assert b"".join(blobs.read("u1/m1")) == b"quick"
    assert sessions(emulator, bucket) == 0


@pytest.mark.parametrize("chunks_before", [0, 1, 20])
def test_chunks_that_raise_leave_no_session(
    blobs: GcsBlobs, bucket: str, emulator: GcsEmulator, chunks_before: int
) -> None:
    def chunks() -> Iterator[bytes]:
        yield from [b"x" * MIB] * chunks_before
        raise OSError("the caller's disk")

    with pytest.raises(OSError, match="the caller's disk"):
        blobs.write("u1/m1", chunks())
    assert sessions(emulator, bucket) == 0


def test_killed_writer_leaves_nothing_to_be_seen(blobs: GcsBlobs, bucket: str, start_python: StartPython) -> None:
    process = start_python(WRITE_FOREVER, bucket)
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.wait()
    assert objects(bucket) == []
    blobs.write("u1/m1", [b"whole"])
    assert b"".join(blobs.read("u1/m1")) == b"whole"


@pytest.mark.parametrize("size_bytes", [CHUNK_BYTES - 57, CHUNK_BYTES - 56, CHUNK_BYTES - 55, 2 * CHUNK_BYTES])
@pytest.mark.parametrize("whole", [True, False])
def test_sizes_about_a_chunk(blobs: GcsBlobs, size_bytes: int, whole: bool) -> None:
    content = bytes(range(256)) * (size_bytes // 256 + 1)
    content = content[:size_bytes]
    blobs.write("u1/m1", [content] if whole else [content[:100], content[100:]])
    assert b"".join(blobs.read("u1/m1")) == content


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"x" * 1000])
def test_object_of_somebody_else_is_no_blob(blobs: GcsBlobs, bucket: str, content: bytes) -> None:
    storage.Client().bucket(bucket).blob("u1/m1").upload_from_string(content)
    for call in (lambda: blobs.stat("u1/m1"), lambda: blobs.read("u1/m1"), lambda: blobs.read("u1/m1", 5, 9)):
        with pytest.raises(Corrupted, match="u1/m1"):
            call()


def test_blob_replaced_while_it_is_read(blobs: GcsBlobs) -> None:
    blobs.write("u1/m1", CONTENT)
    chunks = blobs.read("u1/m1")
    blobs.write("u1/m1", CONTENT, overwrite=True)
    with pytest.raises(BlobMissing, match="no longer"):
        list(chunks)


def test_bucket_that_was_not_prepared(bucket: str) -> None:
    with pytest.raises(Unavailable, match="nobrains init"):
        GcsBlobs(bucket + "-other")
    GcsBlobs.initialize(bucket)
    GcsBlobs(bucket).close()


def test_wiped_bucket_is_unavailable_not_empty(blobs: GcsBlobs, bucket: str, emulator: GcsEmulator) -> None:
    blobs.write("u1/m1", [b"x"])
    requests.get(f"{emulator.url}/wipe", timeout=10)
    for again in (False, True):
        if again:
            GcsBlobs.initialize(bucket)
        for call in (
            lambda: blobs.stat("u1/m1"),
            lambda: blobs.read("u1/m1"),
            lambda: list(blobs.names("")),
            lambda: list(blobs.names("u1/")),
            lambda: blobs.delete("u1/m1"),
            blobs.ping,
        ):
            with pytest.raises(Unavailable, match=bucket):
                call()


def test_dead_service_is_unavailable_everywhere(monkeypatch: pytest.MonkeyPatch, impatient: None) -> None:
    with running_gcs() as emulator:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", emulator.url)
        GcsBlobs.initialize("bucket")
        blobs = GcsBlobs("bucket")
        blobs.write("u1/m1", CONTENT)
        chunks = blobs.read("u1/m1")
        next(chunks)
    for call in (
        lambda: next(chunks),
        lambda: blobs.stat("u1/m1"),
        lambda: blobs.read("u1/m1"),
        lambda: blobs.write("u1/m2", [b"x"]),
        lambda: list(blobs.names("")),
        lambda: blobs.delete("u1/m1"),
        blobs.ping,
        lambda: GcsBlobs("bucket"),
        lambda: GcsBlobs.initialize("bucket"),
    ):
        with pytest.raises(Unavailable):
            call()
    blobs.close()


def test_upload_takes_constant_memory(bucket: str, start_python: StartPython) -> None:
    before_kib, after_kib = map(int, start_python(MEASURE, bucket, 200).communicate()[0].split())
    assert after_kib - before_kib < 64 * 1024
