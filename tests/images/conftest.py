"""The images, built once for all tests of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.images.buildah import Image, build, make_base, require_tools, unmount_all

NONROOT = 10001


@pytest.fixture(scope="session")
def base() -> Iterator[Image]:
    require_tools()
    unmount_all()
    yield make_base()
    unmount_all()


@pytest.fixture(scope="session")
def api(base: Image) -> Image:
    return build("Dockerfile.api", "nobrains-api")


@pytest.fixture(scope="session")
def worker(base: Image) -> Image:
    return build("Dockerfile.worker", "nobrains-worker")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """What is mounted at /data."""
    folder = tmp_path / "data"
    folder.mkdir()
    os.chown(folder, NONROOT, NONROOT)
    return folder
