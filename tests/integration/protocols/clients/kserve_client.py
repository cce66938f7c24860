"""KServe's InferenceRESTClient, unmodified, with both protocols."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig
from rows import ADDRESS, COLUMNS, ENDPOINT, KEY, is_text, say

URL = f"http://{ADDRESS}"


def request(*, binary: bool) -> Any:
    inputs = []
    for name, cells in COLUMNS.items():
        if is_text(cells):
            array, datatype = np.array([(cell or "").encode() for cell in cells], dtype=object), "BYTES"
        else:
            array, datatype = np.array([np.nan if cell is None else cell for cell in cells]), "FP64"
        tensor = InferInput(name, list(array.shape), datatype)
        if binary:
            tensor.set_data_from_numpy(array, binary_data=True)
        else:
            tensor.data = [cell or "" for cell in cells] if is_text(cells) else cells
        inputs.append(tensor)
    return InferRequest(model_name=ENDPOINT, infer_inputs=inputs)


async def main() -> None:
    auth = httpx.BasicAuth("anybody", KEY)
    v1 = InferenceRESTClient(RESTConfig(protocol="v1", auth=auth))
    v2 = InferenceRESTClient(RESTConfig(protocol="v2", auth=auth))
    answers = {}
    for name, binary in {"json": False, "binary": True}.items():
        answer = await v2.infer(URL, request(binary=binary), model_name=ENDPOINT)
        answers[name] = {output.name: output.as_numpy() for output in answer.outputs}
    rows = [dict(zip(COLUMNS, cells, strict=True)) for cells in zip(*COLUMNS.values(), strict=True)]
    say(
        live=await v2.is_server_live(URL),
        ready=await v2.is_server_ready(URL),
        model_ready=[await v2.is_model_ready(URL, ENDPOINT), await v1.is_model_ready(URL, ENDPOINT)],
        v1=await v1.infer(URL, {"instances": rows}, model_name=ENDPOINT),
        **answers,
    )


asyncio.run(main())
