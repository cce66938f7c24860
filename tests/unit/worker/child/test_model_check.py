"""Uploaded models are tried in a process of their own: whatever becomes of it is a verdict on the file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from automl.errors import ModelFileError
from tests.emulators.bound import ROOT
from tests.unit.automl.onnx.uploaded.graphs import linear
from tests.unit.automl.onnx.uploaded.hostile_graphs import DANGEROUS, HOSTILE
from worker.child import model_check as parent
from worker.child.model_check import model_check
from worker.messages.from_child import CheckModelResult
from worker.messages.to_child import CheckModelRequest

GIB = 1 << 30


def checked(folder: Path, content: bytes, memory_bytes: int = 4 * GIB, **said: Any) -> CheckModelResult:
    (folder / "model.onnx").write_bytes(content)
    return model_check(CheckModelRequest(said, [], memory_bytes), folder, None)  # type: ignore[arg-type]


def test_a_sound_file_has_its_summary(tmp_path: Path) -> None:
    summary = checked(tmp_path, linear().SerializeToString(), target="price", inputs=["rooms", "area"]).summary
    assert summary["target"] == "price"
    assert summary["onnx"]["signature"]["inputs"][0]["columns"] == ["rooms", "area"]


@pytest.mark.parametrize("name", ["a million nodes", "messages in messages", "data in /etc/passwd"])
def test_a_hostile_file_has_a_reason(name: str, tmp_path: Path) -> None:
    make, reason = HOSTILE[name]
    with pytest.raises(ModelFileError) as caught:
        checked(tmp_path, make())
    assert caught.value.reason == reason


@pytest.mark.parametrize("name", DANGEROUS)
def test_what_takes_too_much_ends_that_process_alone(name: str, tmp_path: Path) -> None:
    make, reason = DANGEROUS[name]
    with pytest.raises(ModelFileError) as caught:
        checked(tmp_path, make())
    assert caught.value.reason == reason


def test_a_process_that_never_ends_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parent, "TIME_LIMIT_S", 0)
    with pytest.raises(ModelFileError) as caught:
        checked(tmp_path, linear().SerializeToString())
    assert caught.value.reason == "MODEL_TOO_SLOW"


@pytest.mark.parametrize(("signal_name", "reason"), [("SIGSEGV", "MODEL_CRASHED"), ("SIGXCPU", "MODEL_TOO_SLOW"),
                                                      ("SIGKILL", "MODEL_TOO_LARGE")])  # fmt: skip
def test_a_process_that_is_killed_is_a_verdict_too(
    signal_name: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = f"import os, signal; os.kill(os.getpid(), signal.{signal_name})"
    monkeypatch.setattr(parent, "SANDBOX", ["-c", code])
    with pytest.raises(ModelFileError) as caught:
        checked(tmp_path, linear().SerializeToString())
    assert caught.value.reason == reason


def isolated(code: str) -> Any:
    """What the code prints as JSON, in a process that has isolated itself."""
    before = "import json; from worker.child.model_sandbox import isolate, limit_memory\n"
    before += "isolate(10); limit_memory(1 << 30)\n"
    done = subprocess.run([sys.executable, "-c", before + code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_it_has_no_network_where_the_kernel_allows_that() -> None:
    code = """
import ctypes, os, socket
libc = ctypes.CDLL(None)
allowed = os.geteuid() == 0 or os.readlink('/proc/self/ns/net') != os.readlink('/proc/%d/ns/net' % os.getppid())
print(json.dumps([allowed, [name for _, name in socket.if_nameindex()]]))
"""
    allowed, interfaces = isolated(code)
    if not allowed:
        pytest.skip("this kernel or container allows no namespace of one's own")
    assert set(interfaces) <= {"lo"}


def test_it_writes_no_files_and_takes_no_more_memory(tmp_path: Path) -> None:
    code = f"""
import os, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
failed = []
try:
    os.write(os.open({str(tmp_path / "file")!r}, os.O_CREAT | os.O_WRONLY), b'x')
except OSError:
    failed.append('file')
try:
    bytearray(2 << 30)
except MemoryError:
    failed.append('memory')
print(json.dumps(failed))
"""
    assert isolated(code) == ["file", "memory"]
