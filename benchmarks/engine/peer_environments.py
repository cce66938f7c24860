"""The peers' environments: one virtual environment each, of pinned versions, made when it is first needed and kept."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

AUTOGLUON = ("autogluon.tabular[all]==1.6.0",)

REQUIREMENTS: dict[str, tuple[str, ...]] = {
    "autogluon": AUTOGLUON,
    "autogluon_medium": AUTOGLUON,
    "flaml": ("flaml[automl]==2.6.0",),
    "h2o": ("h2o==3.46.0.12", "pandas==2.3.3", "scikit-learn==1.9.1"),
    "mljar": ("mljar-supervised==1.3.2",),
}
"""Requirements that pip installs for each engine. H2O also needs a Java of the machine."""

MODULES = {
    "autogluon": "autogluon.tabular",
    "autogluon_medium": "autogluon.tabular",
    "flaml": "flaml",
    "h2o": "h2o",
    "mljar": "supervised",
}
"""Modules imported to check an environment: a broken one is our fault, not a failure of the engine."""

INSTALL_TIMEOUT_S = 1800


class NoEnvironment(Exception):
    """An engine cannot be had here; the message gives the reason and the remedy."""


def cache_folder() -> Path:
    """Return the folder of environments: `NOBRAINS_BENCH_CACHE`, or the user's cache folder."""
    chosen = os.environ.get("NOBRAINS_BENCH_CACHE")
    return Path(chosen) if chosen else Path.home() / ".cache" / "nobrains-bench"


def version_of(engine: str) -> str:
    """Return the measured version: the pinned packages; for ours a digest of its source, as no result outlives that."""
    if engine != "nobrains":
        return ", ".join(REQUIREMENTS[engine])
    digest = hashlib.sha256()
    for path in sorted((Path(__file__).parents[2] / "automl").rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def python_of(engine: str, cache: Path) -> Path:
    """Return the Python in which an engine is installed; our own for ours.

    Raises:
        NoEnvironment: its packages, or the Java it needs, cannot be had.
    """
    if engine == "nobrains":
        return Path(sys.executable)
    if engine == "h2o" and shutil.which("java") is None:
        raise NoEnvironment("H2O needs Java, and there is no `java` on the path: install a JRE, 8 to 17.")
    return make_environment(REQUIREMENTS[engine], MODULES[engine], cache)


def make_environment(requirements: tuple[str, ...], module: str, cache: Path) -> Path:
    """Return the Python of an environment with these packages, made unless it is there.

    Those of the same packages share an environment; other pins make another one.

    Raises:
        NoEnvironment: they cannot be had, or the module cannot be imported.
    """
    folder = cache / "".join(char if char.isalnum() else "-" for char in "-".join(requirements))
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        _make(folder, python, requirements, module)
        (folder / "ready").touch()
    return python


def _make(folder: Path, python: Path, requirements: tuple[str, ...], module: str) -> None:
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for command in (
        [sys.executable, "-m", "venv", str(folder)],
        [*pip, *requirements],
        [str(python), "-c", f"import pandas, sklearn, {module}"],
    ):
        try:
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S)
        except subprocess.CalledProcessError as exc:
            lines = [line for line in exc.stderr.splitlines() if "ERROR" in line or "Error" in line]
            raise NoEnvironment(
                f"{', '.join(requirements)} cannot be installed into {folder}: {' '.join(lines)[:500] or exc}. "
                "Check pip's index and the room on the disk, or leave it out with --engines or --peers."
            ) from exc
        except subprocess.TimeoutExpired as exc:
            raise NoEnvironment(
                f"{', '.join(requirements)} took more than {INSTALL_TIMEOUT_S} s to install into {folder}. "
                "Try again when pip's index answers faster, or leave it out with --engines or --peers."
            ) from exc
