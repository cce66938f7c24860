"""A connection to one table of Google Cloud Bigtable, and its errors in the project's words."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import grpc  # type: ignore[import-untyped]
from google.api_core import exceptions
from google.auth.exceptions import GoogleAuthError
from google.cloud.bigtable.data import BigtableDataClient, MutationsExceptionGroup
from google.cloud.bigtable_admin_v2 import BigtableTableAdminClient
from google.cloud.bigtable_admin_v2.services.bigtable_table_admin.transports import BigtableTableAdminGrpcTransport
from google.cloud.environment_vars import BIGTABLE_EMULATOR

from core.errors import Unavailable

# Maximum seconds of a call, its retries included. A write under a condition is tried once.
OPERATION_TIMEOUT_S = 4.0
ATTEMPT_TIMEOUT_S = 2.0

CHANNEL_OPTIONS = (
    # gRPC waits up to two minutes between tries to connect, long after the tables are back.
    ("grpc.max_reconnect_backoff_ms", 1_000),
    # A connection that has died in silence is found and replaced.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
)

_HINTS: dict[type[exceptions.GoogleAPICallError], str] = {
    exceptions.NotFound: "it was never set up, or was deleted: restore it from a backup, or run `nobrains init`",
    exceptions.PermissionDenied: "the service needs the role roles/bigtable.user, `nobrains init` roles/bigtable.admin",
    exceptions.Unauthenticated: "give the service credentials, see GOOGLE_APPLICATION_CREDENTIALS",
    exceptions.DeadlineExceeded: "check the network, then try again",
    exceptions.ServiceUnavailable: "check the network, then try again",
}


@dataclass(frozen=True)
class Address:
    """Where a table is.

    Args:
        project: Google Cloud project; empty: that of GOOGLE_CLOUD_PROJECT or of the credentials.
        app_profile: one that routes to a single cluster and allows single-row transactions, without which Bigtable
            refuses writes under a condition; empty: the instance's default.
    """

    project: str
    instance: str
    table: str
    app_profile: str = ""

    def __str__(self) -> str:
        return f"Bigtable table {self.instance}/{self.table}"


class _Client(BigtableDataClient):  # type: ignore[misc]
    """Google's client with our channel options, which it has no argument for."""

    def _build_grpc_channel(self, *args: Any, options: list[tuple[str, Any]], **kwargs: Any) -> grpc.Channel:
        options = [*options, *CHANNEL_OPTIONS]
        if self._emulator_host is None:
            return super()._build_grpc_channel(*args, options=options, **kwargs)
        # Google's own drops the options here, and with them takes no answer over 4 MB.
        channel = grpc.insecure_channel(self._emulator_host, options)
        return grpc.intercept_channel(channel, self._metrics_interceptor)


def connect(address: Address) -> BigtableDataClient:
    """Return a client, to be closed. Nothing is sent yet. gRPC must not cross a fork: connect after it."""
    project = address.project or os.environ.get("GOOGLE_CLOUD_PROJECT") or None
    try:
        return _Client(project=project)
    except OSError as exc:  # No project was found.
        raise Unavailable(f"{address}: {exc} Set GOOGLE_CLOUD_PROJECT, or the project itself.") from exc


def open_table(client: BigtableDataClient, address: Address) -> Any:
    """Return the table's reads and writes, each of bounded duration."""
    return client.get_table(
        address.instance,
        address.table,
        app_profile_id=address.app_profile or None,
        default_operation_timeout=OPERATION_TIMEOUT_S,
        default_attempt_timeout=ATTEMPT_TIMEOUT_S,
        default_read_rows_operation_timeout=OPERATION_TIMEOUT_S,
        default_read_rows_attempt_timeout=ATTEMPT_TIMEOUT_S,
        default_mutate_rows_operation_timeout=OPERATION_TIMEOUT_S,
        default_mutate_rows_attempt_timeout=ATTEMPT_TIMEOUT_S,
    )


def connect_admin() -> BigtableTableAdminClient:
    """Return a client that makes tables: a context manager. Google's admin client does not know the emulator."""
    emulator = os.environ.get(BIGTABLE_EMULATOR)
    if emulator is None:
        return BigtableTableAdminClient()
    return BigtableTableAdminClient(transport=BigtableTableAdminGrpcTransport(channel=grpc.insecure_channel(emulator)))


@contextlib.contextmanager
def translate_errors(address: Address) -> Iterator[None]:
    """Translate every error of Google's libraries to Unavailable. After that nobody knows whether a write landed."""
    try:
        yield
    except exceptions.GoogleAPIError as exc:
        hint = next((hint for kind, hint in _HINTS.items() if isinstance(exc, kind)), "see Google's words")
        raise Unavailable(f"{address}: {exc}: {hint}") from exc
    except MutationsExceptionGroup as exc:  # Of many rows, some were not written.
        raise Unavailable(f"{address}: {exc} {exc.exceptions[0].__cause__}: check the network, then try again") from exc
    except (GoogleAuthError, grpc.RpcError) as exc:
        raise Unavailable(f"{address}: {exc}: check the credentials and the network") from exc
