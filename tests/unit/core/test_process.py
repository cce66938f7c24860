"""The heartbeat file, written and read in one place; ports that are kept."""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

import pytest

from core.process import heartbeat_age_s, reserved_port, touch_heartbeat

HOST = "127.0.0.1"


def test_a_touched_file_is_young_and_grows_old(tmp_path: Path) -> None:
    heart = tmp_path / "heart"
    touch_heartbeat(str(heart))
    assert heartbeat_age_s(str(heart)) < 60.0
    os.utime(heart, (time.time() - 100.0, time.time() - 100.0))
    assert 100.0 <= heartbeat_age_s(str(heart)) < 160.0


def test_a_clock_that_was_set_back_makes_it_young(tmp_path: Path) -> None:
    heart = tmp_path / "heart"
    heart.touch()
    os.utime(heart, (time.time() + 1e6, time.time() + 1e6))
    assert heartbeat_age_s(str(heart)) == 0.0


def test_without_a_name_there_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    touch_heartbeat("")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileNotFoundError):
        heartbeat_age_s("heart")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is kept")
def test_a_reserved_port_is_for_the_server_that_names_it_again_and_again() -> None:
    with reserved_port(HOST, 0) as port:
        for _ in range(2):
            with socket.create_server((HOST, port)), socket.create_connection((HOST, port)):
                pass
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind((HOST, port))


def test_a_port_at_which_somebody_listens_cannot_be_reserved() -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(OSError, match="in use"), reserved_port(HOST, port):
            pass
