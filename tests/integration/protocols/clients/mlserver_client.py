"""MLServer's codecs and types, and its command `mlserver infer`, unmodified."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

import pandas as pd
from mlserver.codecs import NumpyCodec, PandasCodec, StringCodec
from mlserver.types import InferenceRequest, InferenceResponse, RequestInput
from rows import ADDRESS, COLUMNS, ENDPOINT, KEY, is_text, say

BASIC = base64.b64encode(f"anybody:{KEY}".encode()).decode()


def post(request: InferenceRequest) -> InferenceResponse:
    asked = urllib.request.Request(
        f"http://{ADDRESS}/v2/models/{ENDPOINT}/infer",
        data=request.model_dump_json().encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Basic {BASIC}"},
    )
    with urllib.request.urlopen(asked) as answer:
        return InferenceResponse.model_validate_json(answer.read())


def arrays(answer: InferenceResponse) -> dict[str, Any]:
    label, probabilities = answer.outputs
    return {"label": StringCodec.decode_output(label), "probabilities": NumpyCodec.decode_output(probabilities)}


def by_command(request: InferenceRequest) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder, "in.txt"), Path(folder, "out.txt")
        given.write_text(request.model_dump_json() + "\n")
        command = Path(sys.executable).parent / "mlserver"
        options = [
            "-u",
            f"anybody:{KEY}@{ADDRESS}",
            "-m",
            ENDPOINT,
            "-i",
            str(given),
            "-o",
            str(made),
            "--retries",
            "1",
        ]
        subprocess.run([command, "infer", *options], check=True, capture_output=True)
        said = json.loads(made.read_text())
    return {output["name"]: output["data"] for output in said["outputs"]}


# Its codec for data frames takes no text column with missing cells, nor pandas 3's own type of texts.
filled = {name: [cell or "" for cell in cells] if is_text(cells) else cells for name, cells in COLUMNS.items()}
frame = pd.DataFrame(
    {name: pd.Series(cells, dtype=object if is_text(cells) else float) for name, cells in filled.items()}
)
columns = []
for name, cells in COLUMNS.items():
    codec_data = [cell or "" for cell in cells] if is_text(cells) else [0.5 if cell is None else cell for cell in cells]
    columns.append(
        RequestInput(name=name, shape=[len(cells)], datatype="BYTES" if is_text(cells) else "FP64", data=codec_data)
    )
say(
    frame=arrays(post(PandasCodec.encode_request(frame, use_bytes=False))),
    tensors=arrays(post(InferenceRequest(inputs=columns))),
    command=by_command(InferenceRequest(inputs=columns)),
)
