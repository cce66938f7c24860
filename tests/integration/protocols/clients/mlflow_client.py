"""MLflow's ScoringServerClient, unmodified: it takes a host and a port, and a path goes where the port is."""

from __future__ import annotations

import io

import pandas as pd
import requests
from mlflow.pyfunc.scoring_server.client import ScoringServerClient
from rows import ADDRESS, COLUMNS, ENDPOINT, KEY, error_of, say

host, port = ADDRESS.split(":")
frame = pd.DataFrame(COLUMNS)
client = ScoringServerClient(f"anybody:{KEY}@{host}", f"{port}/serving/{ENDPOINT}")
first = ScoringServerClient(f"anybody:{KEY}@{host}", f"{port}/serving/{ENDPOINT}/versions/1")
none = ScoringServerClient(f"anybody:{KEY}@{host}", f"{port}/serving/none")
client.wait_server_ready()
parquet = io.BytesIO()
frame.to_parquet(parquet, index=False)


def send(data: bytes, content_type: str) -> object:
    answer = requests.post(
        f"http://{ADDRESS}/serving/{ENDPOINT}/invocations",
        data=data,
        headers={"Content-Type": content_type},
        auth=("anybody", KEY),
    )
    answer.raise_for_status()
    return answer.json()["predictions"]


say(
    version=client.get_version(),
    frame=list(client.invoke(frame)["predictions"]),
    probabilities=client.invoke(frame, params={"probabilities": True})["predictions"],
    first=list(first.invoke(frame)["predictions"]),
    csv=send(frame.to_csv(index=False).encode(), "text/csv"),
    parquet=send(parquet.getvalue(), "application/vnd.apache.parquet"),
    failed=error_of(none.invoke, frame),
)
