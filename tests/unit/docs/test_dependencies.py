"""docs/dependencies.md gives a reason for each direct dependency, and for none that is not one."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
GROUPS = {"api": PROJECT["dependencies"], **PROJECT["optional-dependencies"]}
ROW = re.compile(r"^\| `([\w-]+)` \| (.+) \|$", re.MULTILINE)


@pytest.mark.parametrize("group", GROUPS)
def test_each_direct_dependency_has_its_reason(group: str) -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text()
    section = re.split(rf"\n## {group}\n", page, flags=re.IGNORECASE)[1].split("\n## ")[0]
    reasons = dict(ROW.findall(section))
    assert set(reasons) == {re.split(r"[<>=!~\[; ]", requirement)[0] for requirement in GROUPS[group]}
