"""tritonclient.http.aio, unmodified."""

from __future__ import annotations

import asyncio

import tritonclient.http.aio as triton
from rows import ADDRESS, ENDPOINT, KEY, say
from triton_tensors import arrays, tensors, wanted
from tritonclient.http.aio.auth import BasicAuth


async def main() -> None:
    async with triton.InferenceServerClient(ADDRESS) as client:
        live, ready = await client.is_server_live(), await client.is_server_ready()
        client.register_plugin(BasicAuth("anybody", KEY))
        packed = [
            await client.infer(
                ENDPOINT,
                tensors(binary=True),
                request_compression_algorithm=algorithm,
                response_compression_algorithm=algorithm,
            )
            for algorithm in ("gzip", "deflate")
        ]
        try:
            await client.infer("none" * 300, tensors(binary=True))
            failed = "nothing"
        except Exception as error:
            failed = str(error)
        json = await client.infer(ENDPOINT, tensors(binary=False), outputs=wanted(binary=False), request_id="42")
        say(
            live=live,
            ready=ready,
            server=await client.get_server_metadata(),
            model_ready=[await client.is_model_ready(ENDPOINT), await client.is_model_ready("none")],
            metadata=await client.get_model_metadata(ENDPOINT),
            index=await client.get_model_repository_index(),
            json=arrays(json),
            binary=arrays(await client.infer(ENDPOINT, tensors(binary=True), model_version="1")),
            packed=[arrays(result) for result in packed],
            failed=failed,
        )


asyncio.run(main())
