"""The servers that ours is measured beside, each serving a scikit-learn pipeline in an environment of its own."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from benchmarks.engine.peer_environments import cache_folder, make_environment
from benchmarks.service.http_load import Call

Row = dict[str, Any]

REQUIREMENTS: dict[str, tuple[str, ...]] = {
    "mlflow": ("mlflow==3.17.2", "scikit-learn", "pandas"),
    "mlserver": ("mlserver==1.7.1", "mlserver-sklearn==1.7.1", "pandas"),
}
PEERS = tuple(REQUIREMENTS)
READY_S = 120.0
STOP_S = 20.0

FIT = """
import sys
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

table, target, folder = pd.read_csv(sys.argv[1]), sys.argv[2], sys.argv[3]
numbers = make_column_selector(dtype_include="number")
others = make_column_selector(dtype_exclude="number")
model = make_pipeline(
    make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), numbers),
        (make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")), others),
    ),
    LogisticRegression(max_iter=1000),
).fit(table.drop(columns=target), table[target].astype(str))
"""
SAVE = {
    "mlflow": """
import mlflow.sklearn
mlflow.sklearn.save_model(model, folder + "/model", serialization_format="cloudpickle")
""",
    "mlserver": "import joblib\njoblib.dump(model, folder + '/model.joblib')\n",
}


@contextmanager
def serving(peer: str, table: Path, target: str, row: Row, folder: Path) -> Iterator[tuple[Call, list[psutil.Process]]]:
    """Fit a pipeline, serve it in one process; yield how a row is predicted, and the server's processes.

    Raises:
        NoEnvironment: the server's packages cannot be had.
    """
    python = make_environment(REQUIREMENTS[peer], peer, cache_folder())
    folder.mkdir()
    fit = subprocess.run([python, "-c", FIT + SAVE[peer], table, target, folder], capture_output=True, text=True)
    if fit.returncode != 0:
        raise RuntimeError(f"{peer} cannot fit or save its model:\n{fit.stderr[-3000:]}")
    port = _free_port()
    command, url, body = _start_of(peer, python, folder, port, row)
    with open(folder / "server.log", "wb") as log:
        process = psutil.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        call = Call(url, json.dumps(body), {"Content-Type": "application/json"})
        _wait_ready(call, process, folder / "server.log")
        yield call, [process]
    finally:
        family = [*process.children(recursive=True), process]
        for each in family:
            each.terminate()
        for each in psutil.wait_procs(family, STOP_S)[1]:
            each.kill()


def _start_of(peer: str, python: Path, folder: Path, port: int, row: Row) -> tuple[list[str], str, dict[str, Any]]:
    """Return the command that serves the folder's model, the address of predictions, and the body for a row."""
    bin_folder = python.parent
    if peer == "mlflow":
        served = ["--model-uri", str(folder / "model"), "--env-manager", "local", "--workers", "1"]
        command = [str(bin_folder / "mlflow"), "models", "serve", *served, "--host", "127.0.0.1", "--port", str(port)]
        # mlflow starts its server by name: that of its own environment has to be found first.
        path = f"PATH={bin_folder}:/usr/local/bin:/usr/bin:/bin"
        return ["env", path, *command], f"http://127.0.0.1:{port}/invocations", {"dataframe_records": [row]}
    settings = {
        "host": "127.0.0.1", "http_port": port, "grpc_port": _free_port(), "metrics_port": _free_port(),
        "parallel_workers": 0, "debug": False,
    }  # fmt: skip
    model = {
        "name": "model",
        "implementation": "mlserver_sklearn.SKLearnModel",
        "parameters": {"uri": str(folder / "model.joblib"), "content_type": "pd"},
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    (folder / "model-settings.json").write_text(json.dumps(model))
    inputs = [_tensor(name, value) for name, value in row.items()]
    body = {"parameters": {"content_type": "pd"}, "inputs": inputs}
    command = [str(bin_folder / "mlserver"), "start", str(folder)]
    return command, f"http://127.0.0.1:{port}/v2/models/model/infer", body


def _tensor(name: str, value: Any) -> dict[str, Any]:
    is_number = isinstance(value, int | float)
    kind, content_type = ("FP64", "np") if is_number else ("BYTES", "str")
    return {
        "name": name, "shape": [1], "datatype": kind, "data": [value], "parameters": {"content_type": content_type},
    }  # fmt: skip


def _wait_ready(call: Call, process: psutil.Popen, log: Path) -> None:
    """Return once a row is predicted; raise RuntimeError with the log's end if the server ends or takes too long."""
    deadline_s = time.monotonic() + READY_S
    while process.poll() is None and time.monotonic() < deadline_s:
        try:
            urllib.request.urlopen(urllib.request.Request(call.url, call.body.encode(), dict(call.headers))).read()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise RuntimeError(f"{call.url} does not predict:\n{log.read_text(errors='replace')[-3000:]}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
