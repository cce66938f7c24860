"""Labels of an endpoint's target, read as its models write them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from api.serving.versions.known_versions import KnownVersions
from core.domain.endpoints import CHAMPION, Endpoint
from core.domain.records import Json
from core.endpoints.routing import named_version
from core.endpoints.signature import signature_of
from core.endpoints.versions import Versions
from core.errors import NotFound, format_names
from core.requests.feedback import Scalar, TargetReader

REGRESSION = "regression"
MAX_VERSIONS = 100
"""Versions without an alias that are asked about a label which none with an alias knows: the newest."""


def target_reader(endpoint: Endpoint, known: KnownVersions, versions: Versions) -> TargetReader:
    """Return how labels of the endpoint are read. Raises NotFound if it serves nothing.

    The champion's spelling comes first. What it does not know may be a class of another version that has answered.
    """
    champion = signature_of(known.model(endpoint, named_version(endpoint)[0]))
    if champion["task"] == REGRESSION:
        return TargetReader(_read_numbers, "NOT_A_NUMBER", "send a number, or text such as 12.5")

    def signatures() -> Iterable[Json]:
        yield champion
        for alias, version in endpoint.aliases.items():
            if alias != CHAMPION:
                yield signature_of(known.model(endpoint, version))
        try:
            for each in versions.page(endpoint.user_id, endpoint.name, MAX_VERSIONS).items:
                yield each.signature
        except NotFound:
            return

    def read(values: Sequence[Scalar]) -> list[str | float | None]:
        found: list[str | float | None] = [None] * len(values)
        for signature in signatures():
            if None not in found:
                break
            for place, label in enumerate(_read_classes(values, signature["labels"])):
                found[place] = found[place] or label
        return found

    return TargetReader(read, "UNKNOWN_LABEL", f"the classes are {format_names(champion['labels'])}")


def _read_classes(values: Sequence[Scalar], classes: Sequence[str]) -> list[str | None]:
    # Not before the first request, as no other module of this folder does: it takes a second.
    from automl.model_evaluation.labelled_rows import codes_of

    found = [classes[code] if code >= 0 else None for code in codes_of(values, classes)]
    by_number: dict[float, list[str]] = {}
    for each in classes:
        if (number := _number(each)) is not None:
            by_number.setdefault(number, []).append(each)
    for place, value in enumerate(values):  # As for inputs: a client's 7 means the code 007.
        if found[place] is None and not isinstance(value, str) and (number := _number(value)) is not None:
            meant = by_number.get(number, [])
            found[place] = meant[0] if len(meant) == 1 else None
    return found


def _read_numbers(values: Sequence[Scalar]) -> list[str | float | None]:
    return [_number(value) for value in values]


def _number(value: Scalar) -> float | None:
    """Return the number; a decimal comma and a unit are refused: they could be read in two ways."""
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    is_plain = not isinstance(value, str) or (value.isascii() and "_" not in value)
    return number if is_plain and math.isfinite(number) else None
