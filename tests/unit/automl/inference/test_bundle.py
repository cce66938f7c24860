from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from automl import AutoML, BundleError, explain, load
from automl.__main__ import main
from automl.inference.bundle import FORMAT
from automl.io.csv_reader import read_csv
from csvfile.dialect import Dialect


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    x = rng.normal(size=80)
    return pd.DataFrame({"x": x.round(3), "c": rng.choice(["a", "b"], 80), "y": np.where(x > 0, "up", "down")})


@pytest.fixture(scope="module")
def bundle(frame: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundle") / "model.nb"
    AutoML(time_budget=20, models=["linear"]).fit(frame, "y").save(path)
    return path


def rewrite(bundle: Path, path: Path, changes: Mapping[str, bytes | None]) -> Path:
    """A copy of the bundle with parts replaced, added, or (None) left out."""
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(path, "w") as new:
        parts = {name: old.read(name) for name in old.namelist()}
        for name, content in {**parts, **changes}.items():
            if content is not None:
                new.writestr(name, content)
    return path


def manifest(bundle: Path) -> dict[str, object]:
    with zipfile.ZipFile(bundle) as archive:
        return dict(json.loads(archive.read("manifest.json")))


def reason_of(path: Path) -> str:
    with pytest.raises(BundleError) as caught:
        load(path)
    assert caught.value.hint
    return caught.value.reason


def test_no_part_is_a_pickle(bundle: Path) -> None:
    with zipfile.ZipFile(bundle) as archive:
        names = archive.namelist()
        assert not any(archive.read(name).startswith(b"\x80\x04") for name in names)
    assert {name.rsplit(".")[-1] for name in names} <= {"json", "npz", "npy", "txt", "ubj", "cbm"}
    assert {"preprocessor.json", "sample.json"} <= set(names)


def test_a_changed_part_is_noticed(bundle: Path, tmp_path: Path) -> None:
    assert reason_of(rewrite(bundle, tmp_path / "m.nb", {"preprocessor.json": b"{}"})) == "BUNDLE_DAMAGED"
    assert reason_of(rewrite(bundle, tmp_path / "m.nb", {"preprocessor.json": None})) == "BUNDLE_DAMAGED"


def test_a_part_cannot_leave_the_folder(bundle: Path, tmp_path: Path) -> None:
    content = manifest(bundle)
    content["sha256"] = {"../evil": "0" * 64}
    changes = {"manifest.json": json.dumps(content).encode(), "../evil": b"boo"}
    assert reason_of(rewrite(bundle, tmp_path / "m.nb", changes)) == "BUNDLE_DAMAGED"


def test_other_formats_families_and_files_are_refused(bundle: Path, tmp_path: Path) -> None:
    content = manifest(bundle)
    for other in (FORMAT - 1, FORMAT + 1, None, "3"):
        changed = json.dumps({**content, "format": other}).encode()
        assert reason_of(rewrite(bundle, tmp_path / "m.nb", {"manifest.json": changed})) == "BUNDLE_FORMAT"
    members = [{**member, "family": "magic"} for member in content["members"]]  # type: ignore[attr-defined]
    strange = json.dumps({**content, "members": members}).encode()
    assert reason_of(rewrite(bundle, tmp_path / "m.nb", {"manifest.json": strange})) == "BUNDLE_INCOMPATIBLE"
    assert reason_of(rewrite(bundle, tmp_path / "m.nb", {"manifest.json": b"["})) == "NOT_A_BUNDLE"
    (tmp_path / "m.nb").write_bytes(b"hello")
    assert reason_of(tmp_path / "m.nb") == "NOT_A_BUNDLE"


def test_a_part_its_library_cannot_read_names_the_versions(bundle: Path, tmp_path: Path) -> None:
    content = manifest(bundle)
    import hashlib

    name = next(each for each in content["sha256"] if each.startswith("members/"))  # type: ignore[attr-defined]
    hashes = {**content["sha256"], name: hashlib.sha256(b"junk").hexdigest()}  # type: ignore[dict-item]
    changes = {"manifest.json": json.dumps({**content, "sha256": hashes}).encode(), name: b"junk"}
    with pytest.raises(BundleError, match="numpy") as caught:
        load(rewrite(bundle, tmp_path / "m.nb", changes))
    assert caught.value.reason == "BUNDLE_INCOMPATIBLE"


def test_another_version_of_a_library_is_asked_for_the_same_answers(bundle: Path, tmp_path: Path) -> None:
    content = manifest(bundle)
    content["versions"] = {**content["versions"], "numpy": "0.1"}  # type: ignore[dict-item]
    same = json.dumps(content).encode()
    assert load(rewrite(bundle, tmp_path / "m.nb", {"manifest.json": same})).predict({"x": [2.0]}).tolist() == ["up"]
    content["probe_predictions"] = [[0.5, 0.5]] * len(content["probe_predictions"])  # type: ignore[arg-type]
    other = json.dumps(content).encode()
    with pytest.raises(BundleError, match=r"numpy 0\.1") as caught:
        load(rewrite(bundle, tmp_path / "m.nb", {"manifest.json": other}))
    assert caught.value.reason == "BUNDLE_INCOMPATIBLE"


def test_what_explanations_compare_with_is_kept(bundle: Path, frame: pd.DataFrame) -> None:
    sample = load(bundle).sample
    assert set(sample) == {"x", "c"}
    assert {len(cells) for cells in sample.values()} == {64}
    assert set(sample["x"]) <= set(frame["x"])


def test_loading_needs_neither_the_search_nor_tensorflow(bundle: Path) -> None:
    code = f"import sys, automl; automl.load({str(bundle)!r}).predict({{'x': [1]}}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"tensorflow", "keras", "lightgbm", "catboost", "automl.search.tuner"} & set(done.stdout.split())


def test_the_command_adds_predictions_to_a_file(bundle: Path, frame: pd.DataFrame, tmp_path: Path) -> None:
    rows, answers = tmp_path / "rows.csv", tmp_path / "answers.csv"
    frame.drop(columns="y").to_csv(rows, index=False)
    assert main(["predict", str(bundle), str(rows), "-o", str(answers)]) == 0
    done = pd.read_csv(answers)
    assert list(done.columns) == ["x", "c", "prediction", "probability_up", "probability_down", "prediction_warnings"]
    assert (done["prediction"] == frame["y"]).mean() > 0.9


def test_the_command_reads_a_file_as_the_training_file_was_written(tmp_path: Path) -> None:
    cells = [f"{i % 7},5~{kind}" for i, kind in enumerate("pqr" * 30)]
    train = "\n".join(f"{cell}~{cell[-1]}1" for cell in cells).encode("cp1251")
    dialect = Dialect("~", "cp1251", header=False)
    model = AutoML(time_budget=2, models=["linear"]).fit(read_csv(io.BytesIO(train), dialect), "c2")
    model.save(tmp_path / "m.nb")
    assert load(tmp_path / "m.nb").summary["csv"] == {**asdict(dialect), "columns": 3}
    rows, answers = tmp_path / "rows.csv", tmp_path / "answers.csv"

    def predict(data: bytes, *options: str) -> list[str]:
        rows.write_bytes(data)
        assert main(["predict", str(tmp_path / "m.nb"), str(rows), "-o", str(answers), *options]) == 0
        lines = answers.read_text().splitlines()
        delimiter = "~" if "~" in lines[0] else "^"
        return [line.split(delimiter)[2] for line in lines[1:]]

    assert predict(b"3,5~p\n") == ["p1"]
    assert predict(b"c1~c0\nq~2,5\nr~1,5\n") == ["q1", "r1"]
    assert predict(b"3,5^r\n", "--delimiter", "^") == ["r1"]
    assert predict(b"c0^c1\n3,5^q\n", "--delimiter", "^", "--header", "--encoding", "utf-8") == ["q1"]


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "m.nb").write_bytes(b"hello")
    assert main(["predict", str(tmp_path / "m.nb"), "rows.csv"]) == 1
    assert "is not a model file" in capsys.readouterr().err


def test_contributions_tell_what_moved_a_prediction(bundle: Path) -> None:
    [explained] = explain(load(bundle), {"x": [2.5], "c": ["a"]})
    assert set(explained.contributions) == {"x", "c"}
    assert explained.contributions["x"] > abs(explained.contributions["c"])
