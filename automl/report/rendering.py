"""Pages: one HTML file each, which opens offline and can do nothing but be read.

Everything that comes from a table is escaped by Jinja2. Should that ever fail, the page's own policy lets nothing run
or load: the one style sheet is allowed by its hash, everything else is not.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from automl.report.formatting import (
    format_fixed,
    format_share,
    metric_description,
    metric_name,
    percent,
    seconds,
    truncate,
    with_error,
)
from automl.wording import format_number, plural


def render(template: str, **values: Any) -> str:
    """Render the page of a template, style sheet and policy included."""
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return _environment().get_template(template).render(style=Markup(style), policy=Markup(policy), **values)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("automl.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    written = (
        format_number,
        format_fixed,
        percent,
        format_share,
        seconds,
        truncate,
        metric_name,
        metric_description,
        plural,
    )
    made.filters |= {each.__name__: each for each in written}
    made.globals["with_error"] = with_error
    return made


@cache
def _style() -> str:
    return (resources.files("automl.report") / "templates" / "style.css").read_text(encoding="utf-8")
