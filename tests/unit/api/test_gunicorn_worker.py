"""A real gunicorn, asked what it cannot understand."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.waiting import PATIENCE_S, wait_for

APP = """
import api.http.client_connection

api.http.client_connection.GRACE_S = 0.5

def app(environ, start):
    try:
        read = environ["wsgi.input"].read()
    except OSError:
        read = b"cut off"
    start("200 OK", [("Content-Length", "5")] if environ["PATH_INFO"] == "/sized" else [])
    return [b"fine " + read]
"""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[tuple[str, int]]:
    (tmp_path / "fine.py").write_text(APP)
    listener = socket.create_server(("127.0.0.1", 0))
    command = [
        *(sys.executable, "-m", "gunicorn", "fine:app", "--bind", f"fd://{listener.fileno()}"),
        *(
            "--worker-class",
            "api.gunicorn_worker.ApiWorker",
            "--pythonpath",
            str(tmp_path),
            "--log-level",
            "critical",
        ),
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
    assert ask(address, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")[1].endswith("fine \r\n0\r\n\r\n")
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


@pytest.mark.parametrize("head", [b"POST / HTTP/1.1\r\nHost", b"POST / HTTP/1.1\r\nContent-Length: 99999\r\n\r\n"])
def test_who_sends_a_byte_now_and_then_is_given_up(address: tuple[str, int], head: bytes) -> None:
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(head)
        connection.settimeout(0.05)
        answer = b""
        for _ in range(1200):  # For ever, were it not for the pace: each byte is in time.
            with contextlib.suppress(TimeoutError):
                if not (chunk := connection.recv(65536)):
                    break
                answer += chunk
                continue
            with contextlib.suppress(OSError):
                connection.sendall(b"x")
        else:
            pytest.fail("it waits for ever")
    assert b"cut off" in answer or head.endswith(b"Host")


def test_a_connection_that_is_kept_begins_anew_with_each_request(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=20) as connection:
        for number in range(4):
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n")
            assert select.select([connection], [], [], 0.2)[0] == [], number
            connection.sendall(b"abc")
            answer = b""
            while not answer.endswith(b"0\r\n\r\n"):
                answer += connection.recv(65536)
            assert b"fine abc" in answer


def test_requests_sent_at_once_are_answered_one_after_the_other(address: tuple[str, int]) -> None:
    one = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n"
    last = one.replace(b"Host: x", b"Host: x\r\nConnection: close")
    _, answers = ask(address, one + b"one" + one + b"two" + last + b"end")
    assert re.findall("fine (...)", answers) == ["one", "two", "end"]


def test_a_head_without_a_body_is_sent(address: tuple[str, int]) -> None:
    head, body = ask(address, b"HEAD /sized HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert head.startswith("HTTP/1.1 200 OK")
    assert "Content-Length: 5" in head
    assert body == ""


def test_a_head_and_its_body_arrive_whole(address: tuple[str, int]) -> None:
    head, body = ask(address, b"GET /sized HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert "Content-Length: 5" in head
    assert body == "fine "


def test_a_worker_that_is_told_to_stop_while_it_loads_its_app_ends_well(tmp_path: Path) -> None:
    loading = tmp_path / "loading"
    (tmp_path / "slow.py").write_text(
        f"import pathlib, time\npathlib.Path({str(loading)!r}).touch()\ntime.sleep(1)\n\ndef app(environ, start): ...\n"
    )
    command = [sys.executable, "-m", "gunicorn", "slow:app", "--bind", "127.0.0.1:0", "--pythonpath", str(tmp_path)]
    server = subprocess.Popen(
        [*command, "--worker-class", "api.gunicorn_worker.ApiWorker"], env=os.environ | {"PYTHONPATH": os.getcwd()}
    )
    wait_for(loading.exists)
    server.terminate()
    assert server.wait(PATIENCE_S) == 0
