"""Debian's packages that tests need beside Python's."""

from __future__ import annotations

import os
import shutil
import subprocess


def install(package: str) -> None:
    """Try to install it: as root, where there is apt-get, and unless NOBRAINS_TEST_APT=0 forbids it. Whoever asked
    looks whether it is there now."""
    if os.getuid() != 0 or os.environ.get("NOBRAINS_TEST_APT") == "0" or not shutil.which("apt-get"):
        return
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", package]):
        subprocess.run(["apt-get", *arguments], env=environ, capture_output=True, check=False)
