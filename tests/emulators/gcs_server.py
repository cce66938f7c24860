"""gcp-storage-emulator made to keep what Cloud Storage promises: run as a process of its own by `gcs.py`.

Added to the emulator: preconditions (answered by 412), generations, ranges counted from the end, checksums of
resumable uploads, cancelling them, and clients side by side. `GET /sessions` lists the buckets of unfinished uploads;
after `POST /refuse?status=507` whatever would store something is answered so, until it is told status 0.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from typing import Any

from gcp_storage_emulator import server
from gcp_storage_emulator.handlers import objects
from gcp_storage_emulator.storage import Storage

Handler = Callable[[Any, Any, Storage], None]

lock = threading.Lock()
refusal = 0


def target(request: Any, storage: Storage) -> dict[str, Any] | None:
    """The resource that the request is about, None where there is none (yet)."""
    query, body = request.query, request.data if isinstance(request.data, dict) else {}
    if "upload_id" in query:
        name = storage.resumable.get(query["upload_id"][0], {}).get("name")
    else:
        name = request.params.get("object_id") or query.get("name", [body.get("meta", body).get("name")])[0]
    return storage.objects.get(request.params["bucket_name"], {}).get(name)


def condition_holds(request: Any, storage: Storage) -> bool:
    found = target(request, storage) or {"generation": 0, "metageneration": 0}
    for field in ("generation", "metageneration"):
        expected = request.query.get(f"if{field.capitalize()}Match", [found[field]])[0]
        unwanted = request.query.get(f"if{field.capitalize()}NotMatch", [None])[0]
        if int(found[field]) != int(expected) or str(found[field]) == unwanted:
            return False
    return True


def is_unconditional(request: Any) -> bool:
    """A step amid an upload: the upload's conditions are checked when it begins and when it ends."""
    amid = request.method == "DELETE" or request.get_header("Content-Range", "").endswith("/*")
    return "bucket_name" not in request.params or ("upload_id" in request.query and amid)


def strict(handler: Handler) -> Handler:
    def handle(request: Any, response: Any, storage: Storage) -> None:
        _ = request.data  # received before the lock is taken: a client may be slow, or stopped
        with lock:
            found = target(request, storage) if "bucket_name" in request.params else None
            if refusal and request.method in ("POST", "PUT") and "bucket_name" in request.params:
                response.status = HTTPStatus(refusal)
            elif "generation" in request.query and (found or {}).get("generation") != request.query["generation"][0]:
                response.status = HTTPStatus.NOT_FOUND
            elif not is_unconditional(request) and not condition_holds(request, storage):
                response.status = HTTPStatus.PRECONDITION_FAILED
            else:
                handler(request, response, storage)

    return handle


def download(request: Any, response: Any, storage: Storage) -> None:
    found = target(request, storage)
    range_header = request.get_header("Range", "")
    if found and range_header.startswith("bytes=-"):
        first = max(0, int(found["size"]) - int(range_header.removeprefix("bytes=-")))
        request._request_handler.headers.replace_header("Range", f"bytes={first}-")
    objects.download(request, response, storage)
    if found:
        response["X-Goog-Generation"] = found["generation"]


def upload_partial(request: Any, response: Any, storage: Storage) -> None:
    upload_id = request.query["upload_id"][0]
    hashes = request.get_header("X-Goog-Hash", "")
    if upload_id in storage.resumable and hashes.startswith("crc32c="):
        storage.resumable[upload_id]["crc32c"] = hashes.removeprefix("crc32c=")
    objects.upload_partial(request, response, storage)
    if response._headers.get("Range") == "bytes=0-0" and not storage.get_resumable_byte_count(upload_id):
        del response._headers["Range"]  # the emulator claims one byte


def cancel_upload(request: Any, response: Any, storage: Storage) -> None:
    upload_id = request.query.get("upload_id", [""])[0]
    if storage.resumable.pop(upload_id, None):
        storage._delete_file("_resumable", storage.safe_id(upload_id))
    response.status = HTTPStatus.NOT_FOUND  # really 499, which HTTPStatus lacks


def sessions(request: Any, response: Any, storage: Storage) -> None:
    response.json([upload["bucket"] for upload in storage.resumable.values()])


def refuse(request: Any, response: Any, storage: Storage) -> None:
    global refusal
    refusal = int(request.query["status"][0])


REPLACED: dict[Handler, Handler] = {objects.download: download, objects.upload_partial: upload_partial}


def handlers() -> tuple[tuple[str, dict[str, Handler]], ...]:
    table = [("^/sessions$", {"GET": sessions}), ("^/refuse$", {"POST": refuse})]
    for pattern, methods in server.HANDLERS:
        if objects.upload_partial in methods.values():
            methods = methods | {"DELETE": cancel_upload}
        table.append((pattern, {method: REPLACED.get(one, one) for method, one in methods.items()}))
    return tuple((pattern, {method: strict(one) for method, one in some.items()}) for pattern, some in table)


class Memory(Storage):
    """All of it in memory. The emulator writes a list of all objects at each change, for nobody to read."""

    def __init__(self) -> None:
        super().__init__(use_memory_fs=True)

    def _write_config_to_file(self) -> None:
        pass


class Connection(server.RequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True


def main() -> None:
    server.HANDLERS = handlers()
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), partial(Connection, Memory()))
    httpd.daemon_threads = True
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    print(json.dumps(httpd.server_address[1]), flush=True)
    sys.stdin.read()  # until whoever started it closes the pipe, or dies


if __name__ == "__main__":
    main()
