from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.blobs.checksum_footer import FOOTER, ChecksumFooter, check_name, check_range, read_footer, verified
from core.errors import Corrupted

CHUNKS = st.lists(st.binary(max_size=20), max_size=8)


@given(CHUNKS)
def test_sealed_bytes_end_with_what_is_known_of_them(chunks: list[bytes]) -> None:
    seal = ChecksumFooter()
    stored = b"".join(seal.close(chunks))
    content = b"".join(chunks)
    info = seal.info("u1/m1")
    assert stored[: -FOOTER.size] == content
    assert (info.size_bytes, info.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert read_footer(stored[-FOOTER.size :], "u1/m1") == info
    assert b"".join(verified(chunks, info)) == content


@given(CHUNKS, CHUNKS)
def test_other_bytes_are_never_given_out_whole(chunks: list[bytes], others: list[bytes]) -> None:
    if b"".join(chunks) == b"".join(others):
        return
    seal = ChecksumFooter()
    list(seal.close(chunks))
    received: list[bytes] = []
    with pytest.raises(Corrupted, match="u1/m1"):
        received.extend(verified(others, seal.info("u1/m1")))
    assert len(b"".join(received)) < max(1, len(b"".join(others)))


@pytest.mark.parametrize("footer", [b"", b"x" * 55, b"x" * 56, b"x" * 57])
def test_footers_that_are_none(footer: bytes) -> None:
    with pytest.raises(Corrupted, match="u1/m1"):
        read_footer(footer, "u1/m1")


@pytest.mark.parametrize(
    "name", ["", "/", "..", "../x", "u1/../x", "u1//x", "u1/", ".x", "a\0b", "a\n", "a b", "ü", "x" * 201]
)
def test_names_that_are_no_names(name: str) -> None:
    with pytest.raises(ValueError, match="no blob name"):
        check_name(name)


def test_names_that_are() -> None:
    for name in ("a", "u1/datasets/d1", "u1/a.b", "-", "_.", "x" * 200):
        check_name(name)


@pytest.mark.parametrize(("start", "end"), [(-1, None), (5, 3), (0, -1)])
def test_ranges_that_are_none(start: int, end: int | None) -> None:
    with pytest.raises(ValueError, match="range"):
        check_range(start, end)
