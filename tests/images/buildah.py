"""Images built by buildah, which needs neither a daemon nor a registry: the base image is made of Debian's packages.

All is kept in one folder, `IMAGES_CACHE` or `~/.cache/nobrains-images`, and the base in it is made once.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CACHE = Path(os.environ.get("IMAGES_CACHE") or Path.home() / ".cache" / "nobrains-images")
BASE = "localhost/nobrains-base"
RELEASE = "bookworm"  # the Debian whose Python is 3.11
PACKAGES = "python3,python3-venv,ca-certificates"


@dataclass(frozen=True)
class Image:
    """What was built: its files are at `root`, and `config` is what it says of itself, in Docker's terms."""

    name: str
    root: Path
    config: dict[str, Any]

    @property
    def size_bytes(self) -> int:
        du = run("du", "--summarize", "--one-file-system", "--block-size=1", str(self.root))
        return int(du.split()[0])


def run(*command: str, **environ: str) -> str:
    """What the command prints; its errors are shown as they come. Raises CalledProcessError."""
    return subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, **environ}, cwd=ROOT
    ).stdout


def buildah(command: str, *arguments: str) -> str:
    driver = os.environ.get("STORAGE_DRIVER", "overlay")
    places = ("--root", str(CACHE / "storage"), "--runroot", str(CACHE / "run"), "--storage-driver", driver)
    isolation = os.environ.get("BUILDAH_ISOLATION", "chroot")
    # The folder for temporary files is also where the caches of `RUN --mount=type=cache` stay.
    return run("buildah", command, *places, *arguments, TMPDIR=str(CACHE), BUILDAH_ISOLATION=isolation).strip()


def require_tools() -> None:
    """Install what is missing, or skip: mounts and packages are root's business."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("images are built by root on Linux")
    CACHE.mkdir(mode=0o700, parents=True, exist_ok=True)
    if missing := [tool for tool in ("buildah", "debootstrap") if shutil.which(tool) is None]:
        run("apt-get", "update", "-qq")
        run("apt-get", "install", "-qq", "--no-install-recommends", *missing, DEBIAN_FRONTEND="noninteractive")


def make_base() -> Image:
    """A minimal Debian with Python, from the mirror that apt is set up with."""
    if not buildah("images", "--quiet", "--filter", f"reference={BASE}"):
        rootfs = CACHE / "rootfs"
        shutil.rmtree(rootfs, ignore_errors=True)
        run("debootstrap", "--variant=minbase", f"--include={PACKAGES}", RELEASE, str(rootfs), _mirror())
        container = buildah("from", "scratch")
        buildah("add", "--quiet", container, str(rootfs), "/")
        buildah("commit", "--quiet", container, BASE)
        buildah("rm", container)
        shutil.rmtree(rootfs)
    return mount(BASE)


def build(dockerfile: str, name: str) -> Image:
    """Build on the base, with packages from where this machine's pip gets them."""
    pip = _pip_options()
    config = CACHE / "pip.conf"
    config.write_text("[global]\n" + "".join(f"{option} = {value}\n" for option, value in pip.items()))
    volumes = [f"--volume={path}:{path}:ro" for path in _local_paths(pip)]
    buildah(
        "bud", "--quiet", "--format=docker", "--network=host", f"--secret=id=pip,src={config}", *volumes,
        f"--build-arg=BASE={BASE}", f"--tag={name}", f"--file={dockerfile}", ".",
    )  # fmt: skip
    return mount(name)


def mount(name: str) -> Image:
    """Its files, as a container of their own; `unmount_all` gives them up."""
    config = json.loads(buildah("inspect", "--type=image", name))["Docker"]["config"]
    return Image(name, Path(buildah("mount", buildah("from", "--pull-never", name))), config)


def unmount_all() -> None:
    """Remove all containers, and images that have lost their name to a newer build."""
    buildah("rm", "--all")
    buildah("rmi", "--prune", "--force")


def _mirror() -> str:
    targets = run("apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)", "Created-By: Packages")
    for line in targets.splitlines():
        release, _, address = line.partition(" ")
        if release == RELEASE:
            return address
    pytest.skip(f"apt knows no mirror of Debian {RELEASE}")


def _pip_options() -> dict[str, str]:
    """pip's options as they are in force here: those of its files, and over them those of the environment."""
    lines = run(sys.executable, "-m", "pip", "config", "list").splitlines()
    pairs = sorted((line.split("=", 1) for line in lines), key=lambda pair: pair[0].startswith(":env:"))
    return {name.split(".", 1)[1]: ast.literal_eval(value).replace("\n", " ") for name, value in pairs}


def _local_paths(pip: dict[str, str]) -> set[Path]:
    """Files and folders that the options name; of an index as files its parent, where the packages themselves are."""
    words = {word for value in pip.values() for word in value.split()}
    indexes = {Path(word.removeprefix("file://")).parent for word in words if word.startswith("file://")}
    return indexes | {Path(word) for word in words if word.startswith("/")}
