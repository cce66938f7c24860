"""tritonclient.http, unmodified."""

from __future__ import annotations

import tritonclient.http as triton
from rows import ADDRESS, ENDPOINT, KEY, error_of, say
from triton_tensors import arrays, tensors, wanted
from tritonclient.http.auth import BasicAuth

client = triton.InferenceServerClient(ADDRESS)
live, ready, server = client.is_server_live(), client.is_server_ready(), client.get_server_metadata()
anonymous = error_of(client.get_model_metadata, ENDPOINT)
client.register_plugin(BasicAuth("anybody", KEY))
say(
    live=live,
    ready=ready,
    server=server,
    anonymous=anonymous,
    model_ready=[client.is_model_ready(ENDPOINT), client.is_model_ready(ENDPOINT, "1"), client.is_model_ready("none")],
    metadata=client.get_model_metadata(ENDPOINT),
    index=client.get_model_repository_index(),
    json=arrays(client.infer(ENDPOINT, tensors(binary=False), outputs=wanted(binary=False), request_id="42")),
    binary=arrays(client.infer(ENDPOINT, tensors(binary=True), model_version="1")),
    mixed=arrays(client.infer(ENDPOINT, tensors(binary=True), outputs=wanted(binary=False))),
    by_alias=arrays(client.infer(ENDPOINT, tensors(binary=False), model_version="champion")),
    packed=[
        arrays(
            client.infer(
                ENDPOINT,
                tensors(binary=binary),
                request_compression_algorithm=algorithm,
                response_compression_algorithm=algorithm,
            )
        )
        for algorithm in ("gzip", "deflate")
        for binary in (True, False)
    ],
    no_such_model=error_of(client.infer, "none", tensors(binary=True)),
    no_such_output=error_of(
        lambda: client.infer(ENDPOINT, tensors(binary=True), outputs=[triton.InferRequestedOutput("x")])
    ),
    no_column=error_of(client.infer, ENDPOINT, tensors(binary=True)[:0]),
    load=error_of(client.load_model, ENDPOINT),
)
