"""Streams of bytes: limited, and looked into before they are read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.storage.streams import file_too_large, limit_bytes, peek

CHUNKS = st.lists(st.binary(max_size=7), max_size=8)


@given(chunks=CHUNKS, most=st.integers(0, 40))
def test_no_more_than_the_limit_passes(chunks: list[bytes], most: int) -> None:
    error, passed = file_too_large(most), []
    limited = limit_bytes(chunks, most, error)
    if sum(map(len, chunks)) <= most:
        assert list(limited) == chunks
        return
    with pytest.raises(type(error)) as raised:
        passed.extend(limited)
    assert raised.value is error
    assert sum(map(len, passed)) <= most


@given(chunks=CHUNKS, size=st.integers(0, 40))
def test_a_stream_that_was_looked_into_is_still_whole(chunks: list[bytes], size: int) -> None:
    head, stream = peek(iter(chunks), size)
    whole = b"".join(chunks)
    assert head == whole[:size]
    assert b"".join(stream) == whole
