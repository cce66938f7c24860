"""An environment of MLflow's own, made on demand: its packages would not go with ours, and nothing of ours is in it."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

REQUIREMENTS = ("mlflow==3.17.2", "onnxruntime==1.32.0")
FOLDER = Path(sys.prefix) / "mlflow-client"


def make_environment() -> Path:
    """Make it, unless it is there; return its folder of programs."""
    ready = FOLDER / "ready"
    programs = FOLDER / "bin"
    if not ready.exists() or ready.read_text().split() != list(REQUIREMENTS):
        venv.create(FOLDER, with_pip=True)
        subprocess.run([programs / "python", "-m", "pip", "install", "-q", *REQUIREMENTS], check=True)
        ready.write_text("\n".join(REQUIREMENTS))
    return programs
