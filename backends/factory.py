"""Make the back ends that the settings name. Each adapter is imported only if it is chosen."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from backends.filesystem import os_errors_as_unavailable, sync_folder
from backends.retry import RetryingBlobs, RetryingTables
from core.message_ports import MessageQueue
from core.ports import Blobs, JobQueue, Mailer, Ports, Tables
from core.settings import SettingError, Settings

if TYPE_CHECKING:
    from backends.tables.bigtable_connection import Address


def create_backends(settings: Settings) -> Ports:
    """Open the back ends.

    The embedded ones are made the first time, in a folder of mode 0700; the others by `initialize` alone.

    Raises:
        Unavailable: one cannot be opened. An embedded one that was made before and is missing now is never
            made anew, for the service would answer as if it had no data.
    """
    with contextlib.ExitStack() as opened:
        tables = open_tables(settings)
        opened.callback(tables.close)
        blobs = open_blobs(settings)
        opened.callback(blobs.close)
        queue = open_queue(settings)
        opened.callback(queue.close)
        messages = open_messages(settings)
        opened.pop_all()
    return Ports(tables, blobs, queue, messages)


def initialize(settings: Settings) -> None:
    """Make tables, buckets and queues that are missing; existing ones are left as they are. Raises Unavailable."""
    if settings.tables == "bigtable":
        from backends.tables.bigtable import BigtableTables

        keep_days = {
            "activity": settings.activity_days, "audit": settings.audit_days, "idempotency": settings.idempotency_days
        }  # fmt: skip
        BigtableTables.initialize(_bigtable(settings), keep_days)
    if settings.blobs == "gcs":
        from backends.blobs.gcs import GcsBlobs

        GcsBlobs.initialize(_bucket(settings), settings.gcs_location or None)
    if settings.queue == "rabbitmq":
        from backends.queue.rabbitmq import RabbitQueue

        RabbitQueue.initialize(settings.rabbitmq_url, settings.rabbitmq_prefix)
    create_backends(settings).close()


def open_tables(settings: Settings) -> Tables:
    """Open the tables alone; see `create_backends`."""
    if settings.tables == "bigtable":
        from backends.tables.bigtable import BigtableTables

        return RetryingTables(BigtableTables(_bigtable(settings)), settings.retry_s)
    from backends.tables.sqlite import SqliteTables

    path = settings.folder / "tables.db"
    _make_once(path, SqliteTables.initialize)
    return SqliteTables(path)


def open_blobs(settings: Settings) -> Blobs:
    """Open the blobs alone; see `create_backends`."""
    if settings.blobs == "gcs":
        from backends.blobs.gcs import GcsBlobs

        return RetryingBlobs(GcsBlobs(_bucket(settings)), settings.retry_s)
    from backends.blobs.files import FileBlobs

    path = settings.folder / "blobs"
    _make_once(path, FileBlobs.initialize)
    return FileBlobs(path)


def open_queue(settings: Settings) -> JobQueue:
    """Open the queue alone; see `create_backends`."""
    if settings.queue == "rabbitmq":
        from backends.queue.rabbitmq import RabbitQueue

        return RabbitQueue(settings.rabbitmq_url, settings.rabbitmq_prefix)
    from backends.queue.local import LocalQueue

    path = settings.folder / "queue.db"
    _make_once(path, LocalQueue.initialize)
    return LocalQueue(path)


def open_messages(settings: Settings) -> MessageQueue:
    """Open the queues of messages from outside alone; see `create_backends`."""
    if settings.queue == "rabbitmq":
        from backends.queue.rabbitmq_messages import RabbitMessages

        return RabbitMessages(settings.rabbitmq_url, settings.rabbitmq_prefix)
    from backends.queue.local_messages import LocalMessages

    path = settings.folder / "messages.db"
    _make_once(path, LocalMessages.initialize)
    return LocalMessages(path)


def open_mailer(settings: Settings) -> Mailer | None:
    """Return what sends mail, None where no server is set. Raises SettingError."""
    if not settings.smtp_url:
        return None
    from backends.fetch.mail import SmtpMailer

    return SmtpMailer(settings.smtp_url)


def _bigtable(settings: Settings) -> Address:
    from backends.tables.bigtable_connection import Address

    return Address(
        settings.bigtable_project, settings.bigtable_instance, settings.bigtable_table, settings.bigtable_app_profile
    )


def _bucket(settings: Settings) -> str:
    if not settings.gcs_bucket:
        raise SettingError("NOBRAINS_GCS_BUCKET must name the bucket when NOBRAINS_BLOBS=gcs")
    return str(settings.gcs_bucket)


def _make_once(path: Path, initialise: Callable[[Path], None]) -> None:
    """Make the back end at the path, unless a marker beside it shows that it was made before."""
    folder, marker = path.parent, path.with_name(f".{path.name}-made")
    with os_errors_as_unavailable(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)  # api and workers start at the same time
            if not marker.exists():
                initialise(path)
                marker.touch(mode=0o600)
                sync_folder(folder)
        finally:
            os.close(fd)
