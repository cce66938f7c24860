"""HTML for notebooks: every text is escaped, colours follow the notebook's theme, nothing is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

QUIET = "opacity:0.65"
NUMBER = "text-align:right;font-variant-numeric:tabular-nums"
ACCENT = "#5b67e8"


def text(value: object) -> str:
    """A text as it stands, without what could turn or break its line."""
    return escape("".join(each if each.isprintable() else " " for each in str(value)))


def element(tag: str, *children: str, style: str = "") -> str:
    """An element around markup that is made already."""
    styled = f' style="{escape(style)}"' if style else ""
    return f"<{tag}{styled}>{''.join(children)}</{tag}>"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """A table of cells that are markup already; the columns at `numbers` are aligned to the right."""

    def line(tag: str, cells: Iterable[str]) -> str:
        return element(
            "tr",
            *(element(tag, cell, style=NUMBER if i in numbers else "text-align:left") for i, cell in enumerate(cells)),
        )

    body = "".join(line("td", row) for row in rows)
    return element("table", element("thead", line("th", map(text, columns))), element("tbody", body))


def bar(share: float, width: str = "8em") -> str:
    """A bar of that share of its track, 0 to 1."""
    full = f"width:{100 * min(1.0, max(0.0, share)):.1f}%;height:100%;border-radius:4px;background:{ACCENT}"
    track = f"display:inline-block;width:{width};height:8px;border-radius:4px;background:rgba(128,128,128,0.2)"
    return element("span", element("span", style=f"display:block;{full}"), style=track)


def block(*parts: str) -> str:
    """What a cell of a notebook shows."""
    return element("div", *parts, style="line-height:1.5")
