from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from google.cloud import storage

from backends.blobs.gcs import GcsBlobs
from core.ports import Blobs
from tests.contract.blobs_contract import BlobsContract
from tests.emulators.gcs import GcsEmulator, running_gcs


@pytest.fixture(scope="session")
def emulator() -> Iterator[GcsEmulator]:
    with running_gcs() as emulator:
        yield emulator


class TestGcsBlobs(BlobsContract):
    @pytest.fixture
    def blobs(self, emulator: GcsEmulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[GcsBlobs]:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", emulator.url)
        self.bucket = f"test-{uuid.uuid4().hex}"
        GcsBlobs.initialize(self.bucket)
        blobs = GcsBlobs(self.bucket)
        yield blobs
        blobs.close()

    def corrupt(self, blobs: Blobs, name: str) -> None:
        blob = storage.Client().bucket(self.bucket).blob(name)
        blob.upload_from_string(b"!" + blob.download_as_bytes()[1:])
