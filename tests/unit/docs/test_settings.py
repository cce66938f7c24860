"""docs/settings.md tells of every setting, truly, and of no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.settings import SETTINGS, Setting

PAGE = (Path(__file__).parents[3] / "docs" / "settings.md").read_text()
ROW = re.compile(r"^\| `(NOBRAINS_\w+)` \| `([^`]*)` \| (.*) \|$", re.MULTILINE)
OF_THE_CLIENT = {"NOBRAINS_URL", "NOBRAINS_TOKEN"}

DOCUMENTED = {variable: (default, text) for variable, default, text in ROW.findall(PAGE)}


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_setting_is_documented_as_it_is(setting: Setting) -> None:
    assert setting.variable in DOCUMENTED, f"docs/settings.md has no row for {setting.variable}"
    default, text = DOCUMENTED[setting.variable]
    assert setting.parse(default) == setting.default
    choices = ": " + ", ".join(f"`{choice}`" for choice in setting.choices) if setting.choices else ""
    assert text == setting.help + choices


def test_nothing_else_is_documented() -> None:
    assert len(ROW.findall(PAGE)) == len(SETTINGS)
    assert set(re.findall(r"NOBRAINS_[A-Z_]*[A-Z]", PAGE)) == {each.variable for each in SETTINGS} | OF_THE_CLIENT
