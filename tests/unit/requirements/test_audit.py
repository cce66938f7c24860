"""The audit of dependencies claims no more than it has looked up; the bill of materials names what is locked."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
SPEC = importlib.util.spec_from_file_location("audit", ROOT / "requirements" / "audit.py")
assert SPEC is not None
assert SPEC.loader is not None
audit = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(audit)

SOUND = {"name": "flask", "version": "3.1", "vulns": []}
UNKNOWN = {"name": "pika", "skip_reason": "Dependency not found on PyPI and could not be audited: pika (1.4)"}
VULNERABLE = {"name": "lib", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"], "description": "d"}]}


@pytest.mark.parametrize(
    ("packages", "code", "word"),
    [
        ([SOUND], audit.CLEAN, "1 of 1 packages looked up, 0 vulnerable"),
        ([SOUND, VULNERABLE], audit.VULNERABLE, "CVE-1, mended in 2"),
        ([SOUND, UNKNOWN], audit.NOT_AUDITED, "NOT AUDITED: pika"),
        ([UNKNOWN, VULNERABLE], audit.VULNERABLE, "NOT AUDITED: pika"),
        ([], audit.NOT_AUDITED, "0 of 0"),
    ],
)
def test_judgement(packages: list[dict[str, Any]], code: int, word: str) -> None:
    found, lines = audit.judge({"dependencies": packages})
    assert found == code
    assert word in "\n".join(lines)


def test_a_service_that_cannot_be_reached_is_no_clean_bill(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = subprocess.CompletedProcess([], 1, "", "Traceback\nConnectionError: no route to host\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    assert audit.main("requirements/all.lock") == audit.NOT_AUDITED
    assert "no route to host" in capsys.readouterr().out


def test_the_bill_of_materials_names_every_locked_package(tmp_path: Path) -> None:
    pytest.importorskip("cyclonedx_py", reason="comes with the extra `audit`")
    lock = ROOT / "requirements" / "api.lock"
    command = [sys.executable, "-m", "cyclonedx_py", "requirements", "--output-reproducible", "--pyproject",
               str(ROOT / "pyproject.toml"), "--of", "JSON", "-o", str(tmp_path / "sbom.json"), str(lock)]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    bill = json.loads((tmp_path / "sbom.json").read_text())
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "nobrains-ml"
    named = {f"{each['name']}=={each['version']}" for each in bill["components"]}
    assert named == set(re.findall(r"^([\w.-]+==[^ \\]+)", lock.read_text(), re.MULTILINE))
