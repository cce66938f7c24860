"""The heartbeat file: written and read in one place."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from core.process import heartbeat_age_s, touch_heartbeat


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
