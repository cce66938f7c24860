"""Page tokens: opaque, and checked."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.pagination import decode_page_token, page_response
from core.domain.ids import new_id
from core.errors import Invalid
from core.storage.rows import Page


def test_a_token_leads_back_to_its_id() -> None:
    id = new_id()
    answer = page_response(Page([1, 2], id), str)
    assert answer["items"] == ["1", "2"]
    assert answer["next_page_token"] != id
    assert decode_page_token(answer["next_page_token"]) == id


def test_the_last_page_has_no_token() -> None:
    assert page_response(Page([], None)) == {"items": [], "next_page_token": None}
    assert decode_page_token(None) is None


@given(st.text(min_size=1))
def test_any_text_is_an_id_or_refused(token: str) -> None:
    with contextlib.suppress(Invalid):
        after = decode_page_token(token)
        assert after is not None
        assert after.isascii()


@pytest.mark.parametrize("token", ["", "!", "x", "4pyT", "w7w", "AAAA"])
def test_examples_of_what_is_none(token: str) -> None:
    with pytest.raises(Invalid):
        decode_page_token(token)
