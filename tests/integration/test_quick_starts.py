"""The quick starts of the README, run as they are printed: only the address and the time budget are replaced."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.waiting import PATIENCE_S

if TYPE_CHECKING:
    from tests.integration.conftest import Server

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
PRINTED_ADDRESS = "http://127.0.0.1:8000"
BUDGET_S = 6


def quick_start(heading: str) -> str:
    """The one fenced block below this heading of the README."""
    section = (ROOT / "README.md").read_text().split(f"\n### {heading}\n")[1].split("\n#")[0]
    (block,) = re.findall(r"^```\w+\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return str(block)


def shortened(block: str, url: str) -> str:
    """The block against this server, with a small time budget. Both must be there to be replaced."""
    assert PRINTED_ADDRESS in block
    block, count = re.subn(
        r"""(time_budget_s(?:"\s*:\s*|\s*=\s*))60|(--budget )60s""",
        lambda found: f"{found[1]}{BUDGET_S}" if found[1] else f"{found[2]}{BUDGET_S}s",
        block.replace(PRINTED_ADDRESS, url),
    )
    assert count == 1
    return block


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that looks like the checkout to a quick start."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    return tmp_path


def run(command: list[str], folder: Path, typed: str = "") -> str:
    """What the command prints, run by a user who owns nothing yet and types these lines."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NOBRAINS_")}
    environ = {**kept, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "COLUMNS": "200",
               "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}  # fmt: skip
    # Without a terminal of its own, a prompt for a password reads standard input.
    done = subprocess.run(
        command, cwd=folder, env=environ, input=typed, start_new_session=True, capture_output=True, text=True,
        timeout=PATIENCE_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def shell(block: str) -> list[str]:
    """Bash that stops at the first command that fails."""
    return ["bash", "-euo", "pipefail", "-c", block]


def test_curl(server: Server, folder: Path) -> None:
    printed = run(shell(shortened(quick_start("With curl"), server.url)), folder)
    assert "event: done" in printed
    answer = json.loads(printed[printed.rindex('{"predictions"') :])
    assert answer["predictions"][0] > 0
    assert (answer["version"], answer["alias"]) == (1, "champion")


def test_python(server: Server, folder: Path) -> None:
    command = [sys.executable, "-c", shortened(quick_start("With Python"), server.url)]
    run(command, folder)
    printed = run(command, folder)  # Whoever runs it again has the account already.
    score, prediction = printed.splitlines()[-2:]
    assert re.match(r"auc 0\.\d+ ± 0\.\d+ \| baseline: 0\.5$", score)
    assert re.match(r"(Yes|No) \{'No': 0\.\d+, 'Yes': 0\.\d+\}$", prediction)


def test_command_line(server: Server, folder: Path) -> None:
    typed = "linus\ncorrect horse battery\ncorrect horse battery\n"
    printed = run(shell(shortened(quick_start("On the command line"), server.url)), folder, typed)
    assert "predicts tip (regression)" in printed
    assert "Version 1 of tips is champion." in printed
    predicted = (folder / "predicted.csv").read_text()
    assert predicted.splitlines()[0] == "total_bill,tip,sex,smoker,day,time,size,prediction,prediction_warnings"
    assert len(predicted.splitlines()) == 1 + 244
    assert (folder / "again.csv").read_text() == predicted


def test_without_a_service(folder: Path) -> None:
    (line,) = re.findall(r"`(nobrains fit [^`]*) --budget 60s`", (ROOT / "README.md").read_text())
    assert "predicts tip (regression)" in run(shell(f"{line} --budget 5s -o tips.nb"), folder)
    assert (folder / "tips.nb").stat().st_size > 0
