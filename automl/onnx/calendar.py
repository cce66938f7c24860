"""Calendar parts of moments by arithmetic alone (Hinnant's days from civil, backwards)."""

from __future__ import annotations

import numpy as np

from automl.onnx.graph_builder import Graph

DAY_S = 86_400.0


def calendar(graph: Graph, seconds: str) -> dict[str, str]:
    """Compute `dates.calendar_parts`: year, month, day, weekday and hour as doubles, NaN where seconds are.

    Args:
        graph: to add to.
        seconds: double (n, 1) since 1970.
    """

    def number(value: float) -> str:
        return graph.constant(value, np.float64)

    def linear(value: str, factor: float, offset: float = 0.0) -> str:
        return graph.node("Add", graph.node("Mul", value, number(factor)), number(offset))

    def whole(value: str, divisor: float) -> str:
        return graph.node("Floor", graph.node("Div", value, number(divisor)))

    def less(value: str, other: str, factor: float = 1.0) -> str:
        return graph.node("Sub", value, linear(other, factor))

    today = whole(seconds, DAY_S)
    hour = whole(less(seconds, today, DAY_S), 3_600.0)
    monday = linear(today, 1.0, 3.0)  # 1970-01-01 was a Thursday
    weekday = less(monday, whole(monday, 7.0), 7.0)
    # Days are counted from the first of March of the year 0; an era has 400 years.
    shifted = linear(today, 1.0, 719_468.0)
    era = whole(shifted, 146_097.0)
    of_era = less(shifted, era, 146_097.0)
    leaps = graph.node("Add", whole(of_era, 1_460.0), whole(of_era, 146_096.0))
    leaps = graph.node("Sub", whole(of_era, 36_524.0), leaps)
    year_of_era = whole(graph.node("Add", of_era, leaps), 365.0)
    before = graph.node(
        "Sub", graph.node("Add", linear(year_of_era, 365.0), whole(year_of_era, 4.0)), whole(year_of_era, 100.0)
    )
    of_year = less(of_era, before)
    march = whole(linear(of_year, 5.0, 2.0), 153.0)  # months since March
    day = linear(less(of_year, whole(linear(march, 153.0, 2.0), 5.0)), 1.0, 1.0)
    is_late = graph.node("Less", march, number(10.0))
    month = graph.node("Where", is_late, linear(march, 1.0, 3.0), linear(march, 1.0, -9.0))
    year = graph.node("Add", year_of_era, linear(era, 400.0))
    year = graph.node("Where", is_late, year, linear(year, 1.0, 1.0))
    return {"year": year, "month": month, "day": day, "weekday": weekday, "hour": hour}
