"""Record what other people's clients send, off the wire: `python -m tests.integration.protocols.record`.

Each script of `clients/` talks to the real app with a really trained model; `tests/unit/api/protocols/recorded/` keeps
every request of its client, for tests that need no client. Keys are left out: a recording says how one was shown.
"""

from __future__ import annotations

import base64
import io
import json
import tempfile
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from werkzeug.serving import make_server

from api.app import create_app
from backends.factory import create_backends
from core.service import Service
from core.settings import Settings
from tests.emulators.bound import ROOT
from tests.integration.protocols.environments import ALL
from tests.unit.api.trained import store

FOLDER = ROOT / "tests" / "unit" / "api" / "protocols" / "recorded"
COLUMNS = {"size": [2.5, -2.5, None], "colour": ["red", "green", None]}
LEFT_OUT = frozenset({"Host", "Content-Length", "Authorization", "User-Agent", "Connection"})


class Recorder:
    """A WSGI app around another one that keeps the requests."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self.app = app
        self.requests: list[dict[str, Any]] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").title(): value
            for name, value in environ.items()
            if name.startswith("HTTP_") or name == "CONTENT_TYPE"
        }
        request = {
            "method": environ["REQUEST_METHOD"],
            "path": environ["PATH_INFO"],
            "authorization": headers.get("Authorization", "").partition(" ")[0],
            "headers": {name: value for name, value in headers.items() if name not in LEFT_OUT},
            "body": base64.b64encode(body).decode(),
        }

        def start(status: str, headers: Any, *more: Any) -> Any:
            request["status"] = int(status.split()[0])
            return start_response(status, headers, *more)

        self.requests.append(request)
        return self.app(environ, start)


def main() -> None:
    """Write one file for each script."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings({}, data=str(Path(folder, "data")))
        ports = create_backends(settings)
        service = Service(ports, settings)
        user = service.accounts.sign_up("ada", "correct horse")
        _, key = service.accounts.create_key(user, "recording")
        service.endpoints.create(user.id, "answer", f"user/{user.id}", model_id=store(service, user.id).id)
        recorder = Recorder(create_app(service))
        server = make_server("127.0.0.1", 0, recorder, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for script in ALL:
            recorder.requests = []
            script.run(address=f"127.0.0.1:{server.server_port}", key=key, endpoint="answer", columns=COLUMNS)
            lines = ",\n".join(json.dumps(request) for request in recorder.requests)
            (FOLDER / f"{script.name}.json").write_text(f"[\n{lines}\n]\n")
            print(f"{script.name}: {len(recorder.requests)} requests")
        server.shutdown()
        ports.close()


if __name__ == "__main__":
    main()
