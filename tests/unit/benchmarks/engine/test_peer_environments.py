from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from benchmarks.engine import peer_environments
from benchmarks.engine.peer_environments import NoEnvironment, python_of, version_of


def test_ours_is_where_we_are(tmp_path: Path) -> None:
    assert python_of("nobrains", tmp_path) == Path(sys.executable)


def test_what_cannot_be_installed_says_so_and_leaves_nothing_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(peer_environments.REQUIREMENTS, "flaml", (str(tmp_path / "missing-1.0-py3-none-any.whl"),))
    with pytest.raises(NoEnvironment, match=r"missing-1\.0.*--engines"):
        python_of("flaml", tmp_path / "cache")
    assert not list((tmp_path / "cache").glob("*/ready"))


def test_h2o_without_java_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(NoEnvironment, match="Java"):
        python_of("h2o", tmp_path)


def test_a_version_is_the_pins_or_our_source() -> None:
    assert version_of("flaml") == "flaml[automl]==2.6.0"
    assert len(version_of("nobrains")) == 12
