"""Whether settings can be used, one by one and together: the findings of `nobrains doctor` about them."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from backends.factory import open_mailer
from core.limits.outgoing import OutgoingPolicy
from core.settings import MIB, SETTINGS, SettingError, Settings
from core.storage.sealed import SecretBox

OF_THE_CLIENT = frozenset({"NOBRAINS_URL", "NOBRAINS_TOKEN"})

# Settings without which nothing works.
MUST_BE_POSITIVE = {
    "lease_s": "work would be taken over at once",
    "renew_s": "workers would renew their leases all the time",
    "sweep_s": "the sweeper would run all the time",
    "token_ttl_s": "nobody could stay signed in",
    "max_attempts": "no job would ever be started",
    "max_upload_bytes": "nothing could be uploaded",
    "max_body_bytes": "every request body would be refused",
    "max_columns": "every file would be rejected",
    "max_rows": "every file would be rejected",
    "max_datasets": "nobody could upload anything",
    "max_stored_bytes": "nobody could upload anything",
    "max_time_budget_s": "nothing could be trained",
    "max_queued_jobs": "nothing could be trained",
    "max_running_jobs": "no job would ever be started",
    "threads": "nothing could be trained",
    "train_workers": "`nobrains serve` would train nothing",
    "stall_s": "every training would be killed",
    "signin_failures": "nobody could sign in",
}
ADDRESSES = {
    "smtp_url": ("smtps", "smtp"),
    "rabbitmq_url": ("amqp", "amqps"), "predictor_url": ("http", "https"), "traces": ("http", "https"),
}  # fmt: skip
RENEWALS_A_LEASE = 2


def read_settings(environ: Mapping[str, str], **overrides: str) -> tuple[Settings, list[str]]:
    """Return the settings of the variables that can be used, and a sentence for each of the others."""
    usable, wrong = dict(environ), []
    for setting in SETTINGS:
        text = environ.get(setting.variable)
        try:
            if text is not None:
                setting.parse(text)
        except SettingError as exc:
            del usable[setting.variable]
            wrong.append(f"{exc} (the default, {setting.default!r}, is checked instead)")
    return Settings(usable, **overrides), wrong


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Return variables that look like settings and are none."""
    known = {setting.variable for setting in SETTINGS} | OF_THE_CLIENT
    return sorted(name for name in environ if name.startswith("NOBRAINS_") and name not in known)


def find_conflicts(settings: Settings) -> Iterator[str]:
    """Yield a sentence for each value that can be read and makes no sense, alone or with another."""
    for setting in SETTINGS:
        value = settings.values[setting.name]
        if value == 0 and setting.name in MUST_BE_POSITIVE:
            yield f"{setting.variable}=0: {MUST_BE_POSITIVE[setting.name]}; its default is {setting.default}"
        if setting.name in ADDRESSES and value and (why := _bad_address(value, ADDRESSES[setting.name])):
            yield f"{setting.variable}: {why}"
    for rule in RULES:
        yield from rule(settings)


def _bad_address(text: str, schemes: tuple[str, ...]) -> str:
    try:
        parts = urlsplit(text)
        well = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        well = False
    # Not the address itself: it may hold a password.
    return "" if well else f"not a valid address: write {schemes[0]}://HOST:PORT"


def check_leases(settings: Settings) -> Iterator[str]:
    if settings.lease_s < RENEWALS_A_LEASE * settings.renew_s:
        yield (
            f"NOBRAINS_LEASE_S={settings.lease_s:g} holds fewer than {RENEWALS_A_LEASE} renewals "
            f"(NOBRAINS_RENEW_S={settings.renew_s:g}): tasks would be taken over from live workers"
        )
    if settings.retry_s >= settings.lease_s:
        yield (
            f"NOBRAINS_RETRY_S={settings.retry_s:g} is not shorter than NOBRAINS_LEASE_S={settings.lease_s:g}: one "
            "call that is tried again would lose the lease"
        )


def check_stores(settings: Settings) -> Iterator[str]:
    if settings.blobs == "gcs" and not settings.gcs_bucket:
        yield "NOBRAINS_GCS_BUCKET must name the bucket when NOBRAINS_BLOBS=gcs"


def _outgoing(settings: Settings) -> Iterator[str]:
    checks: tuple[Callable[[], object], ...] = (
        lambda: OutgoingPolicy.of(settings),
        lambda: open_mailer(settings),
        lambda: SecretBox(settings).check_set_up() if settings.secret_key else None,
    )
    for check in checks:
        try:
            check()
        except SettingError as exc:
            yield str(exc)


def _memory(settings: Settings) -> Iterator[str]:
    have_mib = psutil.virtual_memory().total // MIB
    if settings.memory_limit_mib > have_mib:
        yield f"NOBRAINS_MEMORY_LIMIT_MIB={settings.memory_limit_mib:,} is more than this machine's {have_mib:,}"


def _cores(settings: Settings) -> Iterator[str]:
    cores = os.cpu_count() or 1
    if settings.threads > cores:
        yield f"NOBRAINS_THREADS={settings.threads} is more than the {cores} cores: trainings would slow down"


def _port(settings: Settings) -> Iterator[str]:
    if settings.metrics_port > 65535:
        yield f"NOBRAINS_METRICS_PORT={settings.metrics_port} is no port number: use 1 to 65535, or 0 for none"


def _heartbeat(settings: Settings) -> Iterator[str]:
    folder = Path(settings.heartbeat_file or ".").absolute().parent
    if settings.heartbeat_file and not (folder.is_dir() and os.access(folder, os.W_OK)):
        yield f"NOBRAINS_HEARTBEAT_FILE: {folder} is not a writable folder: create it"


def _traces(settings: Settings) -> Iterator[str]:
    if settings.traces and not _installed("opentelemetry.exporter.otlp.proto.http"):
        yield "NOBRAINS_TRACES needs the extra `traces` to be installed, or must be empty"


def _installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # Not even the package that holds it.
        return False


Rule = Callable[[Settings], Iterator[str]]
RULES: tuple[Rule, ...] = (check_leases, check_stores, _outgoing, _memory, _cores, _port, _heartbeat, _traces)
