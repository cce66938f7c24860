"""Both images, built for real and run as they will be: another user, a read-only root, process 1."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.settings import MIB
from tests.images.buildah import Image
from tests.images.conftest import NONROOT
from tests.images.container import Container, call, running

# A build downloads and unpacks the engine.
pytestmark = [pytest.mark.images, pytest.mark.timeout(1800)]

MOST_BYTES = {"nobrains-api": 250 * MIB, "nobrains-worker": 2048 * MIB}
READ_ONLY = """
import errno, pathlib, sys
for folder in ("/", "/etc", "/opt/venv", "/home"):
    try:
        pathlib.Path(folder, "mark").touch()
    except OSError as exc:
        assert exc.errno == errno.EROFS, exc
    else:
        sys.exit(f"{folder} can be written")
for folder in ("/tmp", "/data"):
    pathlib.Path(folder, "mark").touch()
"""
GET = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1], timeout=5).read().decode())"


@pytest.fixture(params=["api", "worker"])
def image(request: pytest.FixtureRequest) -> Image:
    """Either."""
    built: Image = request.getfixturevalue(request.param)
    return built


def get(container: Container, url: str) -> str:
    return container.wait_for("python", "-c", GET, url)


def test_size(image: Image, base: Image, capsys: pytest.CaptureFixture[str]) -> None:
    over_base = image.size_bytes - base.size_bytes
    with capsys.disabled():
        print(f"\n{image.name}: {over_base / MIB:.0f} MiB over its base's {base.size_bytes / MIB:.0f} MiB")
    assert over_base < MOST_BYTES[image.name]


def test_it_runs_without_rights_on_a_read_only_root(image: Image, data: Path) -> None:
    assert image.config["User"] == f"{NONROOT}:{NONROOT}"
    done = call(image, data, "python", "-c", READ_ONLY)
    assert done.returncode == 0, done.stderr
    status = call(image, data, "grep", "--extended-regexp", "^(Uid|CapEff):", "/proc/self/status").stdout.split()
    assert status == ["Uid:", *[str(NONROOT)] * 4, "CapEff:", "0000000000000000"]


def test_it_carries_no_tools_to_build_with(image: Image, data: Path) -> None:
    for tool in ("gcc", "cc", "g++", "as", "make"):
        assert call(image, data, "sh", "-c", f"command -v {tool}").returncode != 0, tool
    assert "No module named pip" in call(image, data, "python", "-m", "pip").stderr


def test_everything_is_compiled(image: Image, data: Path) -> None:
    find = r"find /opt/venv/lib -name '*.py' | wc -l; find /opt/venv/lib -name '*.pyc' | wc -l"
    sources, compiled = call(image, data, "sh", "-c", find).stdout.split()
    assert sources == compiled


def test_the_program_says_what_it_can_do(image: Image, data: Path) -> None:
    done = call(image, data, "nobrains", "--help")
    assert done.returncode == 0, done.stderr
    assert "predictor" in done.stdout


def test_only_the_worker_carries_the_engine(api: Image, worker: Image, data: Path) -> None:
    for module in ("tensorflow", "sklearn", "pandas", "numpy"):
        assert "No module named" in call(api, data, "python", "-c", f"import {module}").stderr
    done = call(worker, data, "python", "-c", "import tensorflow as tf; print(tf.reduce_sum([1, 2]).numpy())")
    assert done.stdout == "3\n", done.stderr


def test_api(api: Image, data: Path) -> None:
    kind, *check = api.config["Healthcheck"]["Test"]
    assert kind == "CMD"
    with running(api, data) as container:
        container.wait_for(*check)
        assert '"ok"' in get(container, "http://127.0.0.1:8000/readyz")
        for path in ("/", "/docs"):
            assert "<html" in get(container, f"http://127.0.0.1:8000{path}")
        files = re.findall(r'"(/(?:app|wheels)/[^"]+)"', get(container, "http://127.0.0.1:8000/"))
        assert any("bootstrap" in path for path in files)
        assert any("plotly" in path for path in files)
        for path in files:
            assert get(container, f"http://127.0.0.1:8000{path}")
        assert container.stop() == 0, container.log.read_text()


def test_predictor(worker: Image, data: Path) -> None:
    with running(worker, data, "predictor", "--host", "0.0.0.0") as container:
        assert '"ok"' in get(container, "http://127.0.0.1:8001/readyz")
        assert container.stop() == 0, container.log.read_text()


@pytest.mark.parametrize("queue", ["train", "profile"])
def test_worker(worker: Image, data: Path, queue: str) -> None:
    with running(worker, data, "worker", "--queue", queue) as container:
        while "worker.started" not in container.log.read_text():
            assert container.process.poll() is None, container.log.read_text()
        assert container.stop() == 0, container.log.read_text()
        assert "worker.stopped" in container.log.read_text()


def test_every_library_loads(worker: Image, data: Path) -> None:
    doctor = call(worker, data, "nobrains", "doctor")
    assert "every model family's library loads" in doctor.stdout, doctor.stdout


@pytest.mark.parametrize(
    ("family", "budget"),
    [("catboost", "10s"), ("lightgbm", "10s"), ("neural", "40s"), ("random_forest", "10s"), ("xgboost", "10s")],
)
def test_a_family_trains_and_predicts(worker: Image, data: Path, family: str, budget: str) -> None:
    rows = "".join(f"{n % 11},{n % 7},{'red' if n % 3 else 'blue'},{3 * (n % 11) + n % 7}\n" for n in range(600))
    (data / "table.csv").write_text("a,b,c,y\n" + rows)
    fit = ("nobrains", "fit", "/data/table.csv", "--target=y", f"--budget={budget}", "--output=/data/table.nb")
    done = call(worker, data, *fit, f"--model={family}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{family}-" in done.stdout
    predicted = call(worker, data, "python", "-m", "automl", "predict", "/data/table.nb", "/data/table.csv")
    assert len(predicted.stdout.splitlines()) == 601, predicted.stderr
