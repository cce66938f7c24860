"""Other people's clients, each in an environment of its own: they need other versions of libraries than we do."""

from __future__ import annotations

import json
import subprocess
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.emulators.bound import ROOT

FOLDER = ROOT / ".venv" / "clients"
SCRIPTS = Path(__file__).parent / "clients"


@dataclass(frozen=True)
class ClientScript:
    """A script in `clients/` that drives one client, and what pip installs for it."""

    name: str
    environment: str
    requirement: str

    def python(self) -> Path:
        """The interpreter of its environment, which is made the first time."""
        folder = FOLDER / self.environment
        if not (folder / "ready").exists():
            venv.create(folder, clear=True, with_pip=True)
            install = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-compile", self.requirement]
            subprocess.run(install, check=True)
            (folder / "ready").touch()
        return folder / "bin" / "python"

    def run(self, **given: Any) -> dict[str, Any]:
        """What it says; see `clients/rows.py`."""
        done = subprocess.run(
            [self.python(), SCRIPTS / f"{self.name}.py"], input=json.dumps(given), capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return dict(json.loads(done.stdout[done.stdout.index("{") :]))


TRITON = ClientScript("triton", "triton", "tritonclient[http]")
TRITON_AIO = ClientScript("triton_aio", "triton", "tritonclient[http]")
KSERVE = ClientScript("kserve_client", "kserve", "kserve")
MLSERVER = ClientScript("mlserver_client", "mlserver", "mlserver")
MLFLOW = ClientScript("mlflow_client", "mlflow", "mlflow")
ALL = (TRITON, TRITON_AIO, KSERVE, MLSERVER, MLFLOW)
