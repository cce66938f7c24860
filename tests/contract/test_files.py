from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.blobs.files import FileBlobs
from core.ports import Blobs
from tests.contract.blobs_contract import BlobsContract


class TestFileBlobs(BlobsContract):
    @pytest.fixture
    def blobs(self, tmp_path: Path) -> Iterator[FileBlobs]:
        self.folder = tmp_path / "blobs"
        FileBlobs.initialize(self.folder)
        blobs = FileBlobs(self.folder)
        yield blobs
        blobs.close()

    def corrupt(self, blobs: Blobs, name: str) -> None:
        with open(self.folder / "objects" / name, "r+b") as file:
            file.write(b"!")
