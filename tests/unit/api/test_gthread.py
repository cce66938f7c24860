"""A real gunicorn, asked what it cannot understand."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = "def app(environ, start):\n    start('200 OK', [])\n    return [b'fine']\n"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[tuple[str, int]]:
    (tmp_path / "fine.py").write_text(APP)
    listener = socket.create_server(("127.0.0.1", 0))
    command = [
        *(sys.executable, "-m", "gunicorn", "fine:app", "--bind", f"fd://{listener.fileno()}"),
        *("--worker-class", "api.gthread.ProblemWorker", "--pythonpath", str(tmp_path), "--log-level", "critical"),
    ]
    server = subprocess.Popen(command, pass_fds=[listener.fileno()], env=os.environ | {"PYTHONPATH": os.getcwd()})
    yield listener.getsockname()
    server.send_signal(signal.SIGQUIT)
    server.wait(20)
    listener.close()


def ask(address: tuple[str, int], request: bytes) -> tuple[str, str]:
    """Head and body of the answer."""
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(request)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    head, _, body = answer.decode().partition("\r\n\r\n")
    return head, body


def test_what_never_reaches_the_app_is_a_problem_too(address: tuple[str, int]) -> None:
    assert ask(address, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")[1].endswith("fine\r\n0\r\n\r\n")
    for request, status in (
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nbad header\r\n\r\n", 400),
        (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 9000 + b"\r\n\r\n", 431),
        (b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", 400),
    ):
        head, body = ask(address, request)
        assert f" {status} " in head.splitlines()[0], request[:40]
        assert "application/problem+json" in head
        problem = json.loads(body)
        assert problem["status"] == status
        assert problem["request_id"] in head
