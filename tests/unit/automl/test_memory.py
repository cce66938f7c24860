from __future__ import annotations

from automl.memory import Memory


def test_a_limit_below_what_is_in_use_is_short() -> None:
    assert Memory(1).is_short()


def test_without_a_limit_the_machine_decides() -> None:
    assert not Memory(None).is_short()
