"""A bucket of an emulator of Cloud Storage, and what is in it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
import requests
from google.cloud import storage

from backends.blobs import gcs
from backends.blobs.gcs import GcsBlobs
from backends.blobs.gcs_resumable import CHUNK_BYTES
from tests.emulators.gcs import GcsEmulator, running_gcs

# Three chunks, the last one small.
CONTENT = [b"%07d\n" % number * 1024 for number in range(2 * CHUNK_BYTES // 8192 + 3)]


@pytest.fixture(scope="session")
def emulator() -> Iterator[GcsEmulator]:
    with running_gcs() as emulator:
        yield emulator


@pytest.fixture
def bucket(emulator: GcsEmulator, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", emulator.url)
    name = f"test-{uuid.uuid4().hex}"
    GcsBlobs.initialize(name)
    return name


@pytest.fixture
def blobs(bucket: str) -> Iterator[GcsBlobs]:
    blobs = GcsBlobs(bucket)
    yield blobs
    blobs.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gcs, "RETRY", gcs.RETRY.with_timeout(0.3))
    monkeypatch.setattr(gcs, "PING_RETRY", gcs.RETRY.with_timeout(0.3))


def objects(bucket: str) -> list[str]:
    return [blob.name for blob in storage.Client().list_blobs(bucket) if blob.name != gcs.MARKER]


def sessions(emulator: GcsEmulator, bucket: str) -> int:
    """Uploads that were begun and neither finished nor cancelled."""
    buckets: list[str] = requests.get(f"{emulator.url}/sessions", timeout=10).json()
    return buckets.count(bucket)
