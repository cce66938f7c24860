"""What every adapter of `core.ports.Blobs` keeps."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from core.errors import BlobExists, BlobMissing, Corrupted
from core.ports import Blobs

MIB = 1024 * 1024
THREADS = 4
ROUNDS = 50


def read(blobs: Blobs, name: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join(blobs.read(name, start, end))


class BlobsContract:
    """Subclasses supply the fixture `blobs`, empty and open, and the hook `corrupt`."""

    def corrupt(self, blobs: Blobs, name: str) -> None:
        """Change one stored byte of the blob behind the adapter's back."""
        raise NotImplementedError

    @pytest.mark.parametrize(
        "chunks",
        [[], [b""], [b"a"], [b"", b"b"], [bytes(range(256))] * 3, [b"x" * MIB, b"y"], [b"z" * 3 * MIB]],
        ids=["none", "empty", "one", "few", "binary", "mib", "big"],
    )
    def test_written_blob_is_read_byte_for_byte(self, blobs: Blobs, chunks: list[bytes]) -> None:
        content = b"".join(chunks)
        written = blobs.write("u1/datasets/d1", iter(chunks))
        assert (written.name, written.size_bytes) == ("u1/datasets/d1", len(content))
        assert written.sha256 == hashlib.sha256(content).hexdigest()
        assert blobs.stat("u1/datasets/d1") == written
        assert read(blobs, "u1/datasets/d1") == content

    def test_missing_blob(self, blobs: Blobs) -> None:
        assert blobs.stat("u1/datasets/d1") is None
        with pytest.raises(BlobMissing):
            read(blobs, "u1/datasets/d1")
        with pytest.raises(BlobMissing):
            read(blobs, "u1/datasets/d1", 5, 10)

    def test_taken_name_is_kept(self, blobs: Blobs) -> None:
        blobs.write("u1/datasets/d1", [b"first"])
        with pytest.raises(BlobExists):
            blobs.write("u1/datasets/d1", [b"second"])
        assert read(blobs, "u1/datasets/d1") == b"first"

    def test_overwrite_replaces_and_makes(self, blobs: Blobs) -> None:
        blobs.write("u1/m1", [b"first"], overwrite=True)
        info = blobs.write("u1/m1", [b"the ", b"second"], overwrite=True)
        assert read(blobs, "u1/m1") == b"the second"
        assert blobs.stat("u1/m1") == info

    @pytest.mark.parametrize("error", [ValueError, ConnectionResetError, KeyboardInterrupt])
    @pytest.mark.parametrize("chunks_before", [0, 1, 9])
    def test_chunks_that_raise_leave_nothing(
        self, blobs: Blobs, error: type[BaseException], chunks_before: int
    ) -> None:
        def chunks() -> Iterator[bytes]:
            for _ in range(chunks_before):
                yield b"x" * MIB
            raise error

        with pytest.raises(error):
            blobs.write("u1/datasets/d1", chunks())
        assert blobs.stat("u1/datasets/d1") is None
        assert list(blobs.names("")) == []
        blobs.write("u1/datasets/d1", [b"whole"])
        assert read(blobs, "u1/datasets/d1") == b"whole"

    def test_overwrite_that_fails_keeps_the_old_blob(self, blobs: Blobs) -> None:
        def chunks() -> Iterator[bytes]:
            yield b"new"
            raise ValueError("bad row")

        blobs.write("u1/m1", [b"old"])
        with pytest.raises(ValueError, match="bad row"):
            blobs.write("u1/m1", chunks(), overwrite=True)
        assert read(blobs, "u1/m1") == b"old"

    def test_blob_is_not_there_before_it_is_whole(self, blobs: Blobs) -> None:
        def chunks() -> Iterator[bytes]:
            for _ in range(3):
                yield b"x" * MIB
                seen.append((blobs.stat("u1/m1"), list(blobs.names("u1/"))))

        seen: list[object] = []
        blobs.write("u1/m1", chunks())
        assert seen == [(None, [])] * 3

    @pytest.mark.parametrize(
        ("start", "end"),
        [(0, 10), (0, 1), (3, 7), (9, 10), (3, None), (0, 99), (8, 99), (10, None), (4, 4), (50, 60), (0, 0)],
    )
    def test_ranges_are_slices(self, blobs: Blobs, start: int, end: int | None) -> None:
        blobs.write("u1/m1", [b"01234", b"56789"])
        assert read(blobs, "u1/m1", start, end) == b"0123456789"[start:end]

    def test_range_across_chunks(self, blobs: Blobs) -> None:
        content = b"".join(b"%07d " % number for number in range(3 * MIB // 8))
        blobs.write("u1/m1", [content])
        assert read(blobs, "u1/m1", MIB - 3, 2 * MIB + 5) == content[MIB - 3 : 2 * MIB + 5]

    @pytest.mark.parametrize("size_bytes", [1, 100, 3 * MIB])
    def test_changed_byte_is_found_before_the_last_chunk(self, blobs: Blobs, size_bytes: int) -> None:
        blobs.write("u1/m1", [b"x" * size_bytes])
        self.corrupt(blobs, "u1/m1")
        received: list[bytes] = []
        with pytest.raises(Corrupted):
            received.extend(blobs.read("u1/m1"))
        assert sum(map(len, received)) < size_bytes

    def test_names_are_those_of_the_prefix_in_order(self, blobs: Blobs) -> None:
        for name in ("u1/b", "u1/a/2", "u1/a/1", "u1/a-b", "u1/a.b", "u10/a", "u2/a", "top"):
            blobs.write(name, [b""])
        assert list(blobs.names("")) == [
            "top", "u1/a-b", "u1/a.b", "u1/a/1", "u1/a/2", "u1/b", "u10/a", "u2/a",
        ]  # fmt: skip
        assert list(blobs.names("u1/")) == ["u1/a-b", "u1/a.b", "u1/a/1", "u1/a/2", "u1/b"]
        assert list(blobs.names("u1")) == ["u1/a-b", "u1/a.b", "u1/a/1", "u1/a/2", "u1/b", "u10/a"]
        assert list(blobs.names("u1/a/")) == ["u1/a/1", "u1/a/2"]
        assert list(blobs.names("u1/a/2")) == ["u1/a/2"]
        assert list(blobs.names("u1/b/")) == []
        assert list(blobs.names("u3/x/")) == []

    def test_deleted_blob_is_gone_and_may_be_written_anew(self, blobs: Blobs) -> None:
        blobs.write("u1/datasets/d1", [b"first"])
        blobs.write("u1/datasets/d2", [b"other"])
        blobs.delete("u1/datasets/d1")
        blobs.delete("u1/datasets/d1")
        assert blobs.stat("u1/datasets/d1") is None
        assert list(blobs.names("u1/")) == ["u1/datasets/d2"]
        blobs.write("u1/datasets/d1", [b"second"])
        assert read(blobs, "u1/datasets/d1") == b"second"

    def test_one_of_four_threads_creates(self, blobs: Blobs) -> None:
        def create(thread: int) -> list[bool]:
            wins = []
            for number in range(ROUNDS):
                start.wait()
                try:
                    blobs.write(f"u1/m{number}", [b"%d" % thread] * 3)
                    wins.append(True)
                except BlobExists:
                    wins.append(False)
            return wins

        start = Barrier(THREADS)
        with ThreadPoolExecutor(THREADS) as threads:
            wins = list(threads.map(create, range(THREADS)))
        for number, won in enumerate(zip(*wins, strict=True)):
            assert sum(won) == 1
            assert read(blobs, f"u1/m{number}") == b"%d" % won.index(True) * 3

    def test_writers_and_deleters_side_by_side(self, blobs: Blobs) -> None:
        def write_and_delete(thread: int) -> None:
            for number in range(ROUNDS):
                blobs.write(f"u1/trials/{thread}", [b"%d" % number])
                assert read(blobs, f"u1/trials/{thread}") == b"%d" % number
                blobs.delete(f"u1/trials/{thread}")

        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(write_and_delete, range(THREADS)))
        assert list(blobs.names("")) == []

    def test_ping_returns(self, blobs: Blobs) -> None:
        blobs.ping()

    def test_close_may_be_repeated(self, blobs: Blobs) -> None:
        blobs.close()
        blobs.close()
