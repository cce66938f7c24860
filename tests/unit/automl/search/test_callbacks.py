from __future__ import annotations

from automl.search.callbacks import POLL_S, throttled


def test_a_stop_is_remembered_and_not_asked_for_again() -> None:
    answers = iter([True])
    ask = throttled(lambda: next(answers))
    assert ask()
    assert ask()


def test_many_questions_in_a_row_ask_once() -> None:
    polls = []

    def should_stop() -> bool:
        polls.append(1)
        return False

    ask = throttled(should_stop)
    assert not any(ask() for _ in range(100))
    assert POLL_S > 0
    assert len(polls) < 100
