"""Bundles: a model as one zip file (`.nb`) of JSON, plain arrays and the libraries' own model formats. No pickle.

manifest.json              format, versions of the libraries, SHA-256 of every part, task, labels, members, summary
preprocessor.json          its transformers, what became of each column, the columns that a row has
review.json                what the report is made of
sample.json                raw training rows: explanations compare with them, exports are checked on them
text/…                     terms and vectors, where there is text
members/<i>/<fold>/…       what each family's `FittedModel.save` wrote

The predictions for a few of the sample's rows are kept too. Where a library has another version than when the bundle
was written, they are asked again: a library that reads a model otherwise than it was meant is found out, not believed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from automl.errors import BundleError
from automl.inference.bundle_versions import ENGINE, check_predictions, installed_version, library_versions, probe_rows
from automl.inference.model import Member, Model
from automl.models import FAMILIES, get_family
from automl.postprocessing import TargetScaler
from automl.preprocessing.preprocessor import Preprocessor
from automl.preprocessing.text_encoder import TextEncoder

FORMAT = 3
"""Of all that a bundle holds: raised whenever a part, a name or a meaning in it changes."""
MAX_BYTES = 8 << 30
"""Maximum bytes of an unpacked bundle; one that claims more is not unpacked at all."""
_PART = re.compile(r"((preprocessor|review|sample)\.json|(text|members/\d+/\d+)/[A-Za-z0-9_.-]+)")


def save(model: Model, path: str | os.PathLike[str]) -> None:
    """Write the bundle; the file appears whole or not at all."""
    target = Path(path)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "preprocessor.json").write_text(json.dumps(model.preprocessor.to_json()), encoding="utf-8")
        (folder / "sample.json").write_text(json.dumps(model.sample), encoding="utf-8")
        (folder / "review.json").write_text(json.dumps(model.review, allow_nan=False), encoding="utf-8")
        (folder / "text").mkdir()
        model.encoder.save(folder / "text")
        for i, member in enumerate(model.members):
            for j, fitted in enumerate(member.models):
                place = folder / "members" / str(i) / str(j)
                place.mkdir(parents=True)
                fitted.save(place)
        parts = sorted(each for each in folder.rglob("*") if each.is_file())
        manifest = {
            "format": FORMAT,
            "versions": library_versions({member.family for member in model.members}),
            "sha256": {part.relative_to(folder).as_posix(): _sha256(part) for part in parts},
            "task": model.task,
            "labels": [plain_label(label) for label in model.labels],
            "temperature": model.temperature,
            "class_multipliers": list(model.class_multipliers),
            "target_scaler": {key: value if _is_finite(value) else None for key, value in asdict(model.scale).items()},
            "members": [
                {"name": m.name, "family": m.family, "weight": m.weight, "n_models": len(m.models)}
                for m in model.members
            ],
            "summary": model.summary,
            "probe_predictions": model.predict_raw(probe_rows(model)).tolist(),
        }
        unfinished = target.with_name(target.name + ".part")
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("manifest.json", json.dumps(manifest, allow_nan=False))
            for part in parts:
                archive.write(part, part.relative_to(folder).as_posix())
        os.replace(unfinished, target)


def load(path: str | os.PathLike[str]) -> Model:
    """Load the model of a bundle; every part is checked against its hash.

    Args:
        path: a file that `AutoML.save` wrote.

    Raises:
        OSError: the file cannot be read.
        BundleError: `NOT_A_BUNDLE`, `BUNDLE_FORMAT`, `BUNDLE_DAMAGED`, `BUNDLE_TOO_LARGE`, `BUNDLE_INCOMPATIBLE`.
    """
    try:
        with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as scratch:
            manifest = _manifest(archive)
            _unpack(archive, manifest["sha256"], Path(scratch))
            model = _assemble(manifest, Path(scratch))
            check_predictions(manifest, model)
            return model
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError) as error:
        raise BundleError("NOT_A_BUNDLE", f"{path} is not a model file: {error}.", "Download it again.") from error


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    try:
        manifest = json.loads(archive.read("manifest.json"))
        found = manifest["format"]
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(
            "NOT_A_BUNDLE", "The file has no readable manifest.json.", "Use a model file saved by No Brains ML."
        ) from error
    if found != FORMAT:
        raise BundleError(
            "BUNDLE_FORMAT",
            f"The model file has format {found!r}; this version of the engine reads format {FORMAT}.",
            f"Load it with the version that wrote it{_named_engine(manifest)}, or train again.",
        )
    return dict(manifest)


def _unpack(archive: zipfile.ZipFile, hashes: Mapping[str, str], folder: Path) -> None:
    sizes = {info.filename: info.file_size for info in archive.infolist()}
    if sum(sizes.values()) > MAX_BYTES:
        raise BundleError(
            "BUNDLE_TOO_LARGE", f"Unpacked, the model file has more than {MAX_BYTES} bytes.", "Train again."
        )
    for name, expected in hashes.items():
        # Names are matched, not cleaned: whatever is not one of ours cannot leave the folder.
        if not _PART.fullmatch(name) or name not in sizes:
            raise BundleError("BUNDLE_DAMAGED", f"The part {name!r} is absent or misnamed.", "Download it again.")
        content = archive.read(name)
        if hashlib.sha256(content).hexdigest() != expected:
            raise BundleError("BUNDLE_DAMAGED", f"The part {name!r} does not match its hash.", "Download it again.")
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)


def _assemble(manifest: Mapping[str, Any], folder: Path) -> Model:
    try:
        preprocessor = Preprocessor.from_json(json.loads((folder / "preprocessor.json").read_text(encoding="utf-8")))
        members = tuple(
            Member(
                entry["name"],
                entry["family"],
                float(entry["weight"]),
                tuple(
                    _load_model(entry, folder / "members" / str(i) / str(j), manifest) for j in range(entry["n_models"])
                ),
            )
            for i, entry in enumerate(manifest["members"])
        )
        scale = {key: value for key, value in manifest["target_scaler"].items() if value is not None}
        return Model(
            task=manifest["task"],
            preprocessor=preprocessor,
            encoder=TextEncoder.load(folder / "text"),
            members=members,
            scale=TargetScaler(**scale),
            labels=tuple(manifest["labels"]),
            temperature=float(manifest["temperature"]),
            class_multipliers=tuple(manifest["class_multipliers"]),
            summary=manifest["summary"],
            review=_review(folder / "review.json"),
            sample=json.loads((folder / "sample.json").read_text(encoding="utf-8")),
        )
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise BundleError(
            "BUNDLE_DAMAGED", f"The parts of the model file do not fit together: {error!r}.", "Download it again."
        ) from error


def _named_engine(manifest: Mapping[str, Any]) -> str:
    written = manifest.get("versions", {}).get(ENGINE)
    return f" ({ENGINE} {written})" if written else ""


def _load_model(entry: Mapping[str, Any], folder: Path, manifest: Mapping[str, Any]) -> Any:
    family = entry["family"]
    if family not in FAMILIES:
        raise BundleError("BUNDLE_INCOMPATIBLE", f"This version has no model family {family!r}.", "Update the engine.")
    library = get_family(family).library
    try:
        return get_family(family).load(folder)
    except Exception as error:
        written, here = manifest["versions"].get(library), installed_version(library)
        raise BundleError(
            "BUNDLE_INCOMPATIBLE",
            f"{entry['name']} was written with {library} {written} and cannot be read with {here}: {error}.",
            f"Install {library}=={written}, or train again.",
        ) from error


def _review(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _is_finite(value: Any) -> bool:
    return not isinstance(value, float) or bool(np.isfinite(value))


def plain_label(label: Any) -> Any:
    """Return a label as JSON has it."""
    plain = label.item() if isinstance(label, np.generic) else label
    return plain if isinstance(plain, str | int | float | bool) else str(plain)
