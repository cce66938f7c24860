"""The wheel that `pip install nobrains-client` would take: whole, and enough without the checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PathDistribution, distribution
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

CLIENT = Path(__file__).parents[3] / "client"
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
OFFLINE = ["--no-deps", "--no-index"]
OURS = ["api", "automl", "backends", "client", "core", "csvfile", "nobrains", "vocabulary", "worker"]


@dataclass(frozen=True)
class Environment:
    """A virtual environment with the wheel and what the wheel requires, no more."""

    folder: Path

    @property
    def packages(self) -> Path:
        """The folder that packages are imported from."""
        (found,) = self.folder.glob("lib/python*/site-packages")
        return found

    def run(self, program: str, *arguments: str) -> str:
        """What one of its programs prints; nothing of this process's environment leads to the checkout."""
        command = [self.folder / "bin" / program, *arguments]
        clean = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "COLUMNS": "200"}
        return subprocess.run(command, cwd=self.folder, env=clean, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    # A build leaves files beside what it builds.
    source = shutil.copytree(CLIENT, folder / "source", ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run([*PIP, "wheel", *OFFLINE, "--no-build-isolation", "-w", folder, source], check=True)
    (built,) = folder.glob("nobrains_client-*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    made = Environment(tmp_path_factory.mktemp("environment"))
    venv.create(made.folder)
    subprocess.run([*PIP, "--python", made.folder / "bin" / "python", "install", *OFFLINE, wheel], check=True)
    (metadata,) = made.packages.glob("nobrains_client-*.dist-info")
    for one in requirements_of(PathDistribution(metadata), {}):
        for top in {path.parts[0] for path in one.files or ()} - {"..", "__pycache__"}:
            (made.packages / top).symlink_to(str(one.locate_file(top)))
    return made


def requirements_of(dependent: Distribution, seen: dict[str, Distribution]) -> Iterator[Distribution]:
    """What this distribution requires, and what that does, each once."""
    for requirement in map(Requirement, dependent.requires or ()):
        needed = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if needed and requirement.name not in seen:
            seen[requirement.name] = distribution(requirement.name)
            yield seen[requirement.name]
            yield from requirements_of(seen[requirement.name], seen)


def test_no_file_is_missing(wheel: Path) -> None:
    written = {str(path.relative_to(CLIENT)) for path in CLIENT.rglob("*.py")} | {"py.typed"}
    with ZipFile(wheel) as archive:
        packed = {name.removeprefix("nobrains_client/") for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == written


def test_it_is_imported_without_the_checkout(environment: Environment) -> None:
    code = (
        "import importlib.util, nobrains_client;"
        f"print([name for name in {OURS} if importlib.util.find_spec(name)], nobrains_client.__file__);"
        "print(nobrains_client.Client('http://127.0.0.1:1'))"
    )
    printed = environment.run("python", "-c", code)
    assert printed.splitlines() == [
        f"[] {environment.packages / 'nobrains_client' / '__init__.py'}", "Client('http://127.0.0.1:1')"
    ]  # fmt: skip


def test_its_command_helps(environment: Environment) -> None:
    printed = environment.run("nobrains-client", "--help")
    for command in ("login", "upload", "train", "predict", "download", "admin"):
        assert f" {command} " in printed
