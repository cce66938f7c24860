"""The versions of the libraries that a bundle was written with, and whether those that are here predict alike."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from automl.errors import BundleError
from automl.inference.model import Model
from automl.models import get_family

ENGINE = "nobrains-ml"
N_PROBE_ROWS = 8
ABSENT = "none (it is not installed)"
TOLERANCE = 1e-5
"""Maximum difference of the stored predictions, relative to the largest one."""


def probe_rows(model: Model) -> dict[str, list[Any]]:
    """Return the rows whose predictions are kept."""
    return {column: list(cells[:N_PROBE_ROWS]) for column, cells in model.sample.items()}


def check_predictions(manifest: Mapping[str, Any], model: Model) -> None:
    """Check the kept predictions if some library is not the one that the bundle was written with."""
    written: Mapping[str, str] = manifest["versions"]
    others = {library: here for library in written if (here := installed_version(library)) != written[library]}
    if others.get(ENGINE) == ABSENT:  # it runs from a checkout, which has no version
        del others[ENGINE]
    if not others:
        return
    expected, found = np.array(manifest["probe_predictions"]), model.predict_raw(probe_rows(model))
    worst = float(np.abs(found - expected).max(initial=0.0))
    if not worst <= TOLERANCE * max(1.0, float(np.abs(expected).max(initial=0.0))):
        versions = ", ".join(f"{library} {written[library]} (here {here})" for library, here in sorted(others.items()))
        raise BundleError(
            "BUNDLE_INCOMPATIBLE",
            f"The predictions differ by up to {worst:.2g} from when the file was written, with {versions}.",
            "Install those versions, or train again.",
        )


def library_versions(families: set[str]) -> dict[str, str]:
    """Return the versions of the libraries that models of these families need."""
    libraries = {get_family(family).library for family in families} | {"numpy", ENGINE}
    return {library: installed_version(library) for library in sorted(libraries)}


def installed_version(library: str) -> str:
    """Return the version of a library here, `ABSENT` if there is none."""
    for name in (library, f"{library}-cpu"):
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return ABSENT
