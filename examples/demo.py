"""The main road, end to end, on this machine: `make demo`.

Starts the embedded service in a folder of its own and does, through the public API and the Python client, what a user
would: signs up, uploads two real tables, trains on each, looks at the result, predicts, and stops the service.
"""

from __future__ import annotations

import re
import secrets
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
import plotly.data
from sklearn.datasets import load_breast_cancer

from nobrains_client import Client
from nobrains_client.cli.datasets import transfer_bar
from nobrains_client.cli.models.models import print_result
from nobrains_client.display.terminal import console
from nobrains_client.display.terminal_progress import TrainingView

BUDGET_S = 10


def tables() -> dict[str, tuple[pd.DataFrame, str]]:
    """Two tables that the dependencies carry: all numbers, and mixed types. With the column to predict."""
    cancer = load_breast_cancer(as_frame=True)
    diagnosis = cancer.target.map(dict(enumerate(cancer.target_names)))
    return {
        "breast_cancer": (cancer.data.assign(diagnosis=diagnosis), "diagnosis"),
        "tips": (plotly.data.tips(return_type="pandas"), "tip"),
    }


def demonstrate(client: Client, folder: Path) -> None:
    """Both tables, from CSV to prediction."""
    out = console()
    client.sign_in("demo", secrets.token_urlsafe(16), sign_up=True)
    for name, (table, target) in tables().items():
        out.rule(f"{name}: {len(table)} rows, predict {target!r}")
        path = folder / f"{name}.csv"
        table.to_csv(path, index=False)
        with transfer_bar(f"Uploading {path.name}") as progress:
            dataset = client.upload(path, progress=progress)
        dataset = client.wait_ready(dataset)
        types = ", ".join(f"{column.name}: {column.type}" for column in dataset.columns[:7])
        out.print(f"Uploaded: {dataset.rows} rows; {types} …", markup=False, highlight=False)
        for finding in client.check(dataset, target).findings:
            out.print(f"{finding.severity}: {finding.detail}", markup=False, highlight=False)
        job = client.train(dataset, target, BUDGET_S)
        with TrainingView(job) as view:
            job = client.wait(job, view.update)
        model = client.model(str(job.model_id))
        print_result(model)
        row = table.drop(columns=target).iloc[[0]]
        (prediction,) = client.predict(model, row.to_dict("records")).predictions
        out.print(f"First row: predicted {prediction}, in truth {table[target].iloc[0]}", style="bold", markup=False)


def main() -> int:
    """Serve, demonstrate, stop; the exit code of the service."""
    with tempfile.TemporaryDirectory(prefix="nobrains-demo-") as folder:
        command = [sys.executable, "-m", "nobrains", "serve", "--port", "0", "--data", f"{folder}/data"]
        with open(f"{folder}/serve.log", "wb") as log:
            service = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            url = address(service)
            console().print(f"The service runs at {url}", highlight=False)
            demonstrate(Client(url), Path(folder))
        except BaseException:
            print(Path(folder, "serve.log").read_text()[-5000:], file=sys.stderr)
            raise
        finally:
            service.send_signal(signal.SIGTERM)
            code = service.wait(60)
        console().rule(f"The service stopped cleanly (exit code {code})" if code == 0 else f"Exit code {code}")
        return code


def address(service: subprocess.Popen[str]) -> str:
    """Where the service says it is ready."""
    for line in service.stdout or ():
        if match := re.search(r"ready at (http://\S+)", line):
            return match[1]
    raise RuntimeError("the service ended before it was ready")


if __name__ == "__main__":
    sys.exit(main())
