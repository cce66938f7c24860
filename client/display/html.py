"""Make HTML for notebooks: every text is escaped, colors follow the notebook's theme, nothing is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

QUIET = "opacity:0.65"
NUMBER = "text-align:right;font-variant-numeric:tabular-nums"
ACCENT = "#5b67e8"


def text(value: object) -> str:
    """Escape a text, with control characters replaced by spaces."""
    return escape("".join(each if each.isprintable() else " " for each in str(value)))


def element(tag: str, *children: str, style: str = "") -> str:
    """Return an element around children that are HTML already."""
    styled = f' style="{escape(style)}"' if style else ""
    return f"<{tag}{styled}>{''.join(children)}</{tag}>"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """Return a table of cells that are HTML already; columns at the positions `numbers` are aligned right."""

    def line(tag: str, cells: Iterable[str]) -> str:
        return element(
            "tr",
            *(element(tag, cell, style=NUMBER if i in numbers else "text-align:left") for i, cell in enumerate(cells)),
        )

    body = "".join(line("td", row) for row in rows)
    return element("table", element("thead", line("th", map(text, columns))), element("tbody", body))


def bar(share: float, width: str = "8em") -> str:
    """Return a bar that fills a share of its track, 0 to 1."""
    full = f"width:{100 * min(1.0, max(0.0, share)):.1f}%;height:100%;border-radius:4px;background:{ACCENT}"
    track = f"display:inline-block;width:{width};height:8px;border-radius:4px;background:rgba(128,128,128,0.2)"
    return element("span", element("span", style=f"display:block;{full}"), style=track)


def block(*parts: str) -> str:
    """Return the element that a notebook shows below its cell."""
    return element("div", *parts, style="line-height:1.5")
