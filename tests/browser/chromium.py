"""Debian's Chromium, for tests and screenshots."""

from __future__ import annotations

import shutil

from tests.emulators.debian import install

PACKAGE = "chromium"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


def find_chromium() -> str | None:
    """Where it is; installed first, where that is allowed and it is missing."""
    if not shutil.which(PACKAGE):
        install(PACKAGE)
    return shutil.which(PACKAGE)
