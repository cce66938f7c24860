"""The examples in the docstrings of the Python client, run against a service as they are printed."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import nobrains_client
from tests.emulators.bound import ROOT
from tests.integration.conftest import Server
from tests.integration.test_quick_starts import BUDGET_S, PRINTED_ADDRESS

pytestmark = pytest.mark.integration

FLAGS = doctest.ELLIPSIS | doctest.FAIL_FAST


def examples() -> Iterator[doctest.DocTest]:
    """Every docstring of the client that has an example."""
    for found in pkgutil.walk_packages(nobrains_client.__path__, "nobrains_client."):
        module = importlib.import_module(found.name)
        yield from (test for test in doctest.DocTestFinder().find(module) if test.examples)


EXAMPLES = {test.name: test for test in examples()}
FIRST = EXAMPLES.pop("nobrains_client.client.Client")
ADMIN = EXAMPLES.pop("nobrains_client.resources.administration.AdminResource")


def run(test: doctest.DocTest, variables: dict[str, Any]) -> None:
    """Run one docstring's examples; an example that prints something else fails with both texts."""
    test.globs |= variables
    report: list[str] = []
    doctest.DocTestRunner(optionflags=FLAGS).run(test, out=report.append, clear_globs=False)
    assert not report, "".join(report)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service without anybody else, as the examples list all of its users."""
    running = Server(tmp_path_factory.mktemp("untouched")).start()
    yield running
    assert running.stop() == 0, running.log()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks like the checkout to an example."""
    made = tmp_path_factory.mktemp("examples")
    (made / "examples").symlink_to(ROOT / "examples")
    return made


@pytest.fixture(scope="module")
def variables(untouched: Server, folder: Path) -> dict[str, Any]:
    """What the example of `Client` leaves behind: the others go on with it."""
    for example in FIRST.examples:
        example.source = example.source.replace(PRINTED_ADDRESS, untouched.url)
        example.source = example.source.replace("time_budget_s=60", f"time_budget_s={BUDGET_S}")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        run(FIRST, {})
    left, budget_s = FIRST.globs, BUDGET_S
    # What comes after the search is the first to be left out when a busy machine is short of time.
    while not left["model"].importance:
        budget_s *= 2
        left["job"] = left["client"].train(left["dataset"], "smoker", time_budget_s=budget_s, wait=True)
        left["model"] = left["client"].model(left["job"].model_id)
    return {name: left[name] for name in ("Client", "client", "dataset", "job", "model", "guest")}


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_example(name: str, variables: dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    run(EXAMPLES[name], variables)


def test_the_example_of_an_administrator(untouched: Server, variables: dict[str, Any]) -> None:
    subprocess.run(
        [sys.executable, "-m", "nobrains", "init", "--promote", "ada", "--data", untouched.folder / "data"],
        cwd=ROOT, check=True,
    )  # fmt: skip
    run(ADMIN, variables)
