"""A dataset's report: what its columns hold, what is odd about them, and which say the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from automl.report.charts import meter, spark
from automl.report.rendering import render
from automl.wording import format_number

Json = Mapping[str, Any]

MAX_CARDS = 300
TOP_LABELS = 6


def dataset_report(profile: Json, *, name: str) -> str:
    """Render one HTML page.

    Args:
        profile: what `automl.profiling.profile.profile` made, with or without `associations`.
        name: of the dataset.
    """
    columns = profile["columns"]
    rows = profile["rows"]
    types: dict[str, int] = {}
    for column in columns:
        types[column["type"]] = types.get(column["type"], 0) + 1
    missing = sum(column["missing"] for column in columns)
    return render(
        "dataset.html",
        name=name,
        rows=rows,
        n_columns=len(columns),
        types=sorted(types.items(), key=lambda pair: -pair[1]),
        missing=missing / (rows * len(columns)) if rows and columns else 0.0,
        warnings=profile["warnings"],
        flagged=[column for column in columns if column["warnings"]],
        associations=[{**each, "bar": meter(each["strength"])} for each in profile.get("associations", ())],
        cards=[_card(column, rows) for column in columns[:MAX_CARDS]],
        n_more=max(0, len(columns) - MAX_CARDS),
    )


def _card(column: Json, rows: int) -> dict[str, Any]:
    """Render a column with its distribution drawn."""
    distribution = column["distribution"]
    card: dict[str, Any] = {**column, "share_missing": column["missing"] / rows if rows else 0.0, "chart": None}
    card["labels"] = []
    if distribution["kind"] == "histogram":
        if distribution["counts"]:
            edges = distribution["edges"]
            card["chart"] = spark(distribution["counts"])
            card["low"], card["high"] = (_edge(edges[0]), _edge(edges[-1]))
    elif distribution["values"]:
        total = max(distribution["sampled_rows"], 1)
        card["labels"] = [
            (label, count / total, meter(count / total)) for label, count in distribution["values"][:TOP_LABELS]
        ]
    card["measures"] = "characters" if column["type"] == "text" else ""
    return card


def _edge(edge: float | str) -> str:
    return str(edge).removesuffix("T00:00:00").replace("T", " ") if isinstance(edge, str) else format_number(edge)
