"""What `make demo` installs: no more than it needs, and without pip's noise, but never without its errors."""

from __future__ import annotations

import importlib.util
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[3]
PIN = re.compile(r"^([\w.-]+)==([^ \\]+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / "requirements" / name).read_text()))


def load_installer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("install", ROOT / "requirements" / "install.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


install = load_installer()


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    return tmp_path / "install.log"


@pytest.mark.parametrize("name", ["demo.lock", "worker.lock", "api.lock", "pip.lock"])
def test_every_lock_file_is_a_part_of_the_largest(name: str) -> None:
    assert pins(name).items() <= pins("all.lock").items()


def test_the_demo_installs_no_test_audit_trace_or_database_package() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    direct = {re.split(r"[><=]", each)[0] for extra in ("test", "audit", "traces", "sql") for each in extras[extra]}
    found = direct & pins("demo.lock").keys()
    # These come with Optuna and with Bigtable's client.
    assert found <= {"pyyaml", "opentelemetry-sdk", "sqlalchemy"}


def test_what_pip_says_is_kept_and_not_shown(log: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert install.main(["pip"]) == 0
    shown = capfd.readouterr().out
    assert re.search(r"^  pip: installed in \d+ s$", shown, re.MULTILINE)
    assert "Requirement already satisfied: pip" not in shown
    assert "Requirement already satisfied: pip" in log.read_text()


def test_pip_s_errors_are_shown(log: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (lock := tmp_path / "some.lock").write_text("nothing-of-this-name==1.0 \\\n    --hash=sha256:00\n")
    assert install.main(["--no-index", "--require-hashes", "-r", str(lock)]) == 1
    shown = capfd.readouterr()
    assert "some.lock: pip failed" in shown.out
    assert "ERROR: No matching distribution found for nothing-of-this-name==1.0" in shown.err


def test_a_lock_file_is_shared_out_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    lock = ROOT / "requirements" / "demo.lock"
    shares = install.share_out(["--require-hashes", "-r", str(lock)], tmp_path)
    assert [share[:3] for share in shares] == [["--no-deps", "--require-hashes", "-r"]] * 3
    parts = [Path(share[-1]).read_text() for share in shares]
    assert sorted(line for part in parts for line in part.splitlines() if "--hash" in line) == sorted(
        line for line in lock.read_text().splitlines() if "--hash" in line
    )
    assert sum(len(PIN.findall(part)) for part in parts) == len(pins("demo.lock"))


def test_what_names_no_hashes_is_left_to_one_pip(tmp_path: Path) -> None:
    assert install.share_out(["-r", "some.txt"], tmp_path) == [["-r", "some.txt"]]
