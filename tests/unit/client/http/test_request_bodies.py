"""Bodies that are streamed."""

from __future__ import annotations

import io

from nobrains_client.http.request_bodies import Body, default_name

SIZE_BYTES = 100_000_000


class Endless(io.RawIOBase):
    """Zeros that are nowhere; asking for all of them at once is the mistake."""

    def __init__(self) -> None:
        self._left = SIZE_BYTES

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        assert 0 < size <= 1 << 20
        taken = min(size, self._left)
        self._left -= taken
        return bytes(taken)


def test_memory_does_not_grow_with_the_file() -> None:
    body = Body(Endless())  # type: ignore[arg-type]
    assert body.len is None
    assert sum(len(block) for block in body) == SIZE_BYTES


def test_a_rewound_body_is_the_same_again() -> None:
    counts: list[tuple[int, int | None]] = []
    body = Body(io.BytesIO(b"abc"), lambda *count: counts.append(count))
    first = body.read()
    body.rewind()
    assert first == body.read() == b"abc"
    assert counts == [(3, 3), (3, 3)]


def test_a_name_is_the_files_without_its_folders() -> None:
    assert default_name("folder/data.csv") == "data.csv"
    assert default_name(io.BytesIO()) == "data.csv"
