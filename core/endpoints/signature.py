"""What callers of a model rely on, and what of it another model would break."""

from __future__ import annotations

from core.domain.records import Json, Model
from core.errors import Conflict, format_names

MAX_LISTED = 100
NUMBER = "number"


def signature_of(model: Model) -> Json:
    """Return {task, target, labels, features: [{name, type, required}]} of a model."""
    summary = model.summary
    return {
        "task": summary.get("task"),
        "target": summary.get("target"),
        "labels": list(summary.get("classes", [])),
        "features": [
            {"name": feature["name"], "type": feature.get("type"), "required": bool(feature.get("required"))}
            for feature in summary.get("features", [])
        ],
    }


def differences(old: Json, new: Json) -> list[Json]:
    """Return {field, detail} for all that makes requests fail, or answers mean something else, under the new one.

    What only the old one knows may still be sent, and is left out; a new label is a new answer, as with any model.
    """
    found = [
        {"field": name, "detail": f"was {old[name]!r}, is {new[name]!r}"}
        for name in ("task", "target")
        if old[name] != new[name]
    ]
    if gone := [label for label in old["labels"] if label not in set(new["labels"])]:
        found.append({"field": "labels", "detail": f"no longer there: {format_names(gone)}"})
    before = {feature["name"]: feature for feature in old["features"]}
    for feature in new["features"]:
        name, was = feature["name"], before.get(feature["name"])
        if feature["required"] and (was is None or not was["required"]):
            known = "newly required" if was is None else "required, and was not before"
            found.append({"field": f"features.{name}", "detail": known})
        if was is not None and (was["type"] == NUMBER) != (feature["type"] == NUMBER):
            found.append({"field": f"features.{name}", "detail": f"was {was['type']}, is {feature['type']}"})
    return found


def check_signature(old: Json, new: Json, against: str) -> None:
    """Raise Conflict SIGNATURE_DIFFERS, with the differences, if the new one breaks what callers of the old rely on."""
    if found := differences(old, new):
        first = f"{found[0]['field']}: {found[0]['detail']}"
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise Conflict(
            "SIGNATURE_DIFFERS",
            f"Callers of {against} could not use this model as they do: {first}{more}. "
            "Send force_signature: true if they are ready for it.",
            found[:MAX_LISTED],
        )
