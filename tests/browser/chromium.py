"""Debian's Chromium, for tests and screenshots."""

from __future__ import annotations

import shutil

from tests.emulators.debian import install

# Without a window's own parts, which draw their pages too: a test costs a quarter of the processor.
PACKAGE = "chromium-headless-shell"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


def find_chromium() -> str | None:
    """Where it is; installed first, where that is allowed and it is missing."""
    if not shutil.which(PACKAGE):
        install(PACKAGE)
    return shutil.which(PACKAGE)
