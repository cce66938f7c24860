"""Charts as inline SVG: no script, no style attribute; colours are classes, so that light and dark are the page's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup, escape

from automl.report.axes import Scale, tick_labels, ticks
from automl.report.formatting import truncate

WIDTH, HEIGHT = 400, 250
LEFT, RIGHT, TOP, BOTTOM = 62, 20, 10, 40
N_COLORS = 12
LABEL_CHARACTERS = 18
CHARACTER = 6.4
"""Approximate width of a character, in the units of the chart."""
TITLE_CHARACTERS = 200

Points = Sequence[Sequence[float]]


class Chart:
    """One chart under construction: axes first, marks after.

    Args:
        title: for those who cannot see it.
        x, y: ranges of the data.
        x_name, y_name: under and beside the axes.
        x_labels: in place of numbers, at 0, 1, 2 …
    """

    def __init__(
        self,
        title: str,
        x: tuple[float, float],
        y: tuple[float, float],
        *,
        x_name: str = "",
        y_name: str = "",
        x_labels: Sequence[str] | None = None,
        x_ticks: Sequence[tuple[float, str]] | None = None,
    ) -> None:
        # Labels that have no room side by side stand aslant: they need height by their length then.
        longest = max((len(truncate(label, LABEL_CHARACTERS)) for label in x_labels or ()), default=0)
        slot = (WIDTH - LEFT - RIGHT) / max(len(x_labels or ()), 1)
        self._aslant = longest * CHARACTER > slot
        bottom = 24 + 4 * longest if self._aslant else BOTTOM
        self.x = Scale(*x, LEFT, WIDTH - RIGHT)
        self.y = Scale(*y, HEIGHT - bottom, TOP)
        self._title = title
        self._parts: list[str] = []
        self._axes(x, y, x_name, y_name, x_labels, x_ticks)

    def line(self, points: Points, colour: int | str = 0) -> None:
        """Draw a line through points (x, y)."""
        way = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
        self._parts.append(f'<polyline class="l {_color(colour)}" points="{way}"/>')

    def step_line(self, points: Points, colour: int | str = 0) -> None:
        """Draw a line that keeps its height until the next point."""
        made: list[tuple[float, float]] = []
        for x, y in points:
            if made:
                made.append((x, made[-1][1]))
            made.append((x, y))
        self.line(made, colour)

    def band(self, low: Points, high: Points, colour: int | str = 0) -> None:
        """Draw the area between two lines."""
        way = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in [*low, *reversed(list(high))])
        self._parts.append(f'<polygon class="band {_color(colour)}" points="{way}"/>')

    def dots(self, points: Points, colour: int | str = 0, radius: float = 2.5, titles: Sequence[str] = ()) -> None:
        """Draw a dot at each point, with the text that a pointer resting on it shows."""
        for i, (x, y) in enumerate(points):
            title = f"<title>{escape(truncate(titles[i], TITLE_CHARACTERS))}</title>" if titles else ""
            at = f'cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="{radius:g}"'
            self._parts.append(f'<circle class="d {_color(colour)}" {at}>{title}</circle>')

    def error_bar(self, x: float, low: float, high: float, colour: int | str = 0) -> None:
        """Draw an upright line, such as an interval."""
        at = f'x1="{self.x(x):.1f}" x2="{self.x(x):.1f}" y1="{self.y(low):.1f}" y2="{self.y(high):.1f}"'
        self._parts.append(f'<line class="w {_color(colour)}" {at}/>')

    def bar(self, low: float, high: float, height: float, colour: int | str = 0, title: str = "") -> None:
        """Draw a bar on the x axis."""
        left, right = sorted((self.x(low), self.x(high)))
        top, base = self.y(height), self.y(0)
        size = f'width="{max(right - left - 0.6, 0.4):.1f}" height="{max(base - top, 0):.1f}"'
        inside = f"<title>{escape(truncate(title, TITLE_CHARACTERS))}</title>" if title else ""
        self._parts.append(f'<rect class="b {_color(colour)}" x="{left:.1f}" y="{top:.1f}" {size}>{inside}</rect>')

    def reference_line(self, points: Points) -> None:
        """Draw a dashed line to compare with."""
        way = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
        self._parts.append(f'<polyline class="guide" points="{way}"/>')

    def to_svg(self) -> Markup:
        """Return the finished SVG."""
        body = "".join(self._parts)
        head = f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
        return Markup(f"{head}<title>{escape(truncate(self._title, TITLE_CHARACTERS))}</title>{body}</svg>")

    def _axes(
        self,
        x: tuple[float, float],
        y: tuple[float, float],
        x_name: str,
        y_name: str,
        x_labels: Sequence[str] | None,
        x_ticks: Sequence[tuple[float, str]] | None,
    ) -> None:
        left, right, base = LEFT, WIDTH - RIGHT, self.y.start
        for value, shown in zip(ticks(*y), tick_labels(ticks(*y)), strict=True):
            at = self.y(value)
            self._parts.append(f'<line class="grid" x1="{left}" x2="{right}" y1="{at:.1f}" y2="{at:.1f}"/>')
            self._text(left - 6, at + 3.5, shown, "end")
        self._parts.append(f'<line class="axis" x1="{left}" x2="{right}" y1="{base:.1f}" y2="{base:.1f}"/>')
        if x_labels is not None:
            for i, label in enumerate(x_labels):
                at, shown = self.x(i), truncate(label, LABEL_CHARACTERS)
                if not self._aslant:
                    self._text(at, base + 14, shown, "middle")
                    continue
                turn = f'transform="rotate(-40 {at:.1f} {base + 12:.1f})"'
                self._text(at + 3, base + 12, shown, "end", turn)
        else:
            for value, shown in x_ticks or zip(ticks(*x), tick_labels(ticks(*x)), strict=True):
                self._text(self.x(value), base + 14, shown, "middle")
        if x_name:
            self._text((left + right) / 2, HEIGHT - 4, x_name, "middle", 'class="name"')
        if y_name:
            turn = f'class="name" transform="rotate(-90 10 {(TOP + base) / 2:.1f})"'
            self._text(10, (TOP + base) / 2, y_name, "middle", turn)

    def _text(self, x: float, y: float, text: str, anchor: str, more: str = "") -> None:
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {more}>{escape(truncate(text))}</text>'
        )


def spark(counts: Sequence[float]) -> Markup:
    """Draw a small histogram without axes, as wide as its place."""
    top = max(counts, default=0) or 1
    width = 100 / max(len(counts), 1)
    bars = "".join(
        f'<rect class="b c0" x="{i * width:.2f}" y="{30 - 29 * count / top:.1f}" width="{width * 0.9:.2f}" '
        f'height="{29 * count / top:.1f}"/>'
        for i, count in enumerate(counts)
    )
    return Markup(f'<svg class="spark" viewBox="0 0 100 30" preserveAspectRatio="none" aria-hidden="true">{bars}</svg>')


def meter(share: float, colour: int | str = 0) -> Markup:
    """Draw a horizontal bar, as wide as its place where the share is 1."""
    width = 100 * min(max(share, 0.0), 1.0)
    return Markup(
        f'<svg class="meter" aria-hidden="true"><rect class="track" width="100%" height="100%"/>'
        f'<rect class="b {_color(colour)}" width="{width:.1f}%" height="100%"/></svg>'
    )


def legend(names: Sequence[str], colours: Sequence[int | str] | None = None) -> Markup:
    """Draw the meaning of each colour."""
    shown: Sequence[Any] = range(len(names)) if colours is None else colours
    items = "".join(
        f'<li><svg class="key" aria-hidden="true"><rect class="b {_color(colour)}" width="10" height="10"/></svg>'
        f"{escape(truncate(name))}</li>"
        for name, colour in zip(names, shown, strict=True)
    )
    return Markup(f'<ul class="legend">{items}</ul>')


def padded(values: Sequence[float], share: float = 0.04) -> tuple[float, float]:
    """Return the range of the values, a little widened."""
    low, high = min(values), max(values)
    margin = (high / 2 - low / 2) * 2 * share or abs(high) * share or 0.5
    return low - margin, high + margin


def _color(colour: int | str) -> str:
    return f"c{colour % N_COLORS}" if isinstance(colour, int) else colour
