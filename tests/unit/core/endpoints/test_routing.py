"""Which alias answers a row."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from core.domain.endpoints import Endpoint, Traffic
from core.endpoints.routing import choose_alias


def endpoint(split: dict[str, float], name: str = "income") -> Endpoint:
    return Endpoint(name, "user", "", traffic=Traffic(split))


@given(st.text(), st.dictionaries(st.sampled_from("abcd"), st.floats(0.01, 0.24)))
def test_a_key_always_has_the_same_alias_one_of_the_split_or_the_champion(key: str, split: dict[str, float]) -> None:
    chosen = choose_alias(endpoint(split), key)
    assert chosen in {*split, "champion"}
    assert choose_alias(endpoint(dict(reversed(split.items()))), key) == chosen


def test_the_shares_are_those_that_were_asked_for() -> None:
    counts = Counter(choose_alias(endpoint({"a": 0.1, "b": 0.3}), f"patient-{number}") for number in range(20_000))
    # Four standard deviations of a share of 0.3 among 20,000 are 0.013.
    for alias, share in (("a", 0.1), ("b", 0.3), ("champion", 0.6)):
        assert abs(counts[alias] / 20_000 - share) < 0.014


@given(st.text(), st.floats(0.01, 0.5), st.floats(0.0, 0.4))
def test_a_share_that_grows_keeps_its_keys(key: str, share: float, more: float) -> None:
    if choose_alias(endpoint({"b": share}), key) == "b":
        assert choose_alias(endpoint({"b": share + more}), key) == "b"


def test_the_small_shares_of_two_endpoints_have_other_keys() -> None:
    keys = [f"patient-{number}" for number in range(2000)]
    both = [choose_alias(endpoint({"b": 0.1}, name), key) for name in ("one", "two") for key in keys]
    together = sum(first == second == "b" for first, second in zip(both[:2000], both[2000:], strict=True))
    assert together < 60
