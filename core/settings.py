"""Every setting of the service as data: its variable, default and help. Read once, from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import NoBrainsError

MIB = 1024 * 1024


class SettingError(NoBrainsError):
    """A variable of the environment has an unusable value."""


@dataclass(frozen=True)
class Setting:
    """One setting: the variable is `NOBRAINS_` + the name in capitals.

    Attributes:
        choices: the values that there are; () for any.
        pattern: what the whole value must match; "" for anything.
    """

    name: str
    default: Any
    help: str
    choices: tuple[str, ...] = ()
    pattern: str = ""

    @property
    def variable(self) -> str:
        return "NOBRAINS_" + self.name.upper()

    def parse(self, text: str) -> Any:
        """Return the text as the type of the default; raises SettingError naming the variable."""
        try:
            value: Any
            if isinstance(self.default, bool):
                value = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[text.lower()]
            else:
                value = type(self.default)(text)
        except (ValueError, KeyError) as exc:
            kind = type(self.default).__name__
            raise SettingError(f"{self.variable}={text!r} is not a valid {kind}: {self.help}") from exc
        if self.choices and value not in self.choices:
            raise SettingError(f"{self.variable}={text!r} must be one of {', '.join(self.choices)}")
        if self.pattern and not re.fullmatch(self.pattern, text):
            raise SettingError(f"{self.variable}={text!r} is not a valid value: {self.help}")
        if isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
            raise SettingError(f"{self.variable}={text!r} must not be negative")
        return value


SETTINGS: tuple[Setting, ...] = (
    Setting("data", "nobrains-data", "folder of the embedded back ends: the SQLite file, the queue and the blobs"),
    Setting("tables", "sqlite", "where rows are kept", ("sqlite", "bigtable")),
    Setting("blobs", "files", "where uploads and models are kept", ("files", "gcs")),
    Setting("queue", "local", "where jobs are queued", ("local", "rabbitmq")),
    Setting("bigtable_project", "", "Google Cloud project; empty: that of GOOGLE_CLOUD_PROJECT or of the credentials"),
    Setting("bigtable_instance", "nobrains", "Bigtable instance, made by the operator"),
    Setting("bigtable_table", "nobrains", "its table, made by `nobrains init`"),
    Setting("bigtable_app_profile", "", "app profile with single-cluster routing; empty: the instance's default"),
    Setting("gcs_bucket", "", "Cloud Storage bucket of the blobs, made by `nobrains init`"),
    Setting("gcs_location", "", "where `nobrains init` makes that bucket; empty: Google's choice"),
    Setting("rabbitmq_url", "amqp://guest:guest@127.0.0.1:5672/", "address of the broker, with user and password"),
    Setting("rabbitmq_prefix", "nobrains.", "what the names of its queues start with"),
    Setting("retry_s", 5.0, "seconds that a table or blob call over the network is tried again"),
    Setting("signup", "open", "who may make an account: anybody, or only the operator", ("open", "closed")),
    Setting("token_ttl_s", 30 * 24 * 3600, "seconds a token or session lasts"),
    Setting("signin_failures", 5, "wrong passwords in a row for one name before sign-in pauses"),
    Setting("signin_pause_s", 60, "seconds sign-in pauses for that name"),
    Setting(
        "max_upload_bytes",
        4 * 1024 * MIB,
        "maximum size of an upload, and of its CSV, uncompressed, in bytes",
    ),
    Setting("max_body_bytes", 8 * MIB, "maximum size of any other request body, in bytes"),
    Setting("max_model_bytes", 256 * MIB, "maximum size of an uploaded model, in bytes"),
    Setting("max_uploaded_models", 1000, "maximum number of uploaded models of one user"),
    Setting("max_columns", 10_000, "maximum number of columns of a CSV"),
    Setting("max_rows", 20_000_000, "maximum number of rows of a CSV"),
    Setting("max_datasets", 1000, "maximum number of datasets of one user"),
    Setting(
        "max_stored_bytes",
        100 * 1024 * MIB,
        "maximum size of one user's datasets, with their CSVs, and uploaded models together, in bytes",
    ),
    Setting("max_endpoints", 100, "maximum number of endpoints of one user"),
    Setting("max_pipelines", 100, "maximum number of pipelines of one user"),
    Setting("max_time_budget_s", 24 * 3600, "maximum time budget of a job, in seconds"),
    Setting("max_queued_jobs", 1000, "maximum number of queued and running jobs of one user"),
    Setting("max_running_jobs", 4, "maximum number of running jobs of one user; more are queued"),
    Setting("max_streams", 20, "maximum number of open event streams of one user, in all api processes together"),
    Setting("requests_per_minute", 6000, "requests of one user in a minute, to all processes together; 0: any number"),
    Setting("predictions_per_minute", 60_000, "requests for predictions of one user in a minute; 0: any number"),
    Setting("events_per_minute", 6000, "events that one pipeline is sent in a minute over HTTP; 0: any number"),
    Setting(
        "anonymous_requests_per_minute",
        300,
        "sign-ins, sign-ups and requests without valid credentials of one address in a minute; 0: any number",
    ),
    Setting("signups_per_hour", 60, "new accounts of one address in an hour; 0: any number"),
    Setting("trusted_proxies", 0, "reverse proxies in front whose X-Forwarded-* headers are believed"),
    Setting("insecure_cookies", False, "send session cookies over plain HTTP too (only for tests behind no TLS)"),
    Setting("threads", 2, "threads a training may use"),
    Setting("train_workers", 1, "training workers that `nobrains serve` starts"),
    Setting("api_processes", 0, "api processes that `nobrains serve` starts; 0: one for each core, four at most"),
    Setting("memory_limit_mib", 0, "memory a training child may use, in MiB; 0: 80 % of the container's or machine's"),
    Setting("lease_s", 6.0, "seconds without a heartbeat after which a task is taken over"),
    Setting("renew_s", 2.0, "seconds between heartbeats of a worker"),
    Setting("sweep_s", 1.0, "seconds between rounds of the sweeper"),
    Setting("max_attempts", 5, "times a job is started, lost workers included, before it fails"),
    Setting("stall_s", 120.0, "seconds without a heartbeat after which a training child is killed"),
    Setting("orphan_age_s", 24 * 3600, "seconds after which blobs that belong to nothing are deleted"),
    Setting("dataset_days", 0, "days a dataset that nothing uses is kept after its upload; 0: until it is deleted"),
    Setting("job_days", 0, "days a job that is over, and a model of no endpoint, is kept; 0: until it is deleted"),
    Setting("event_days", 90, "days the events of a job that is over are kept, but the last; 0: as long as the job"),
    Setting("activity_days", 365, "days a line of the activity history is kept; 0: as long as the account"),
    Setting("audit_days", 730, "days a line of the audit log is kept; 0: for ever"),
    Setting("window_days", 730, "days a window of an endpoint is kept; 0: as long as the endpoint"),
    Setting("idempotency_days", 7, "days an Idempotency-Key is remembered; 0: as long as the account"),
    Setting(
        "fetch",
        "public",
        "which servers that users name may be asked: of the public network and those allowed, only those, none",
        ("public", "allowlist", "off"),
    ),
    Setting("fetch_allow", "", "names, addresses and networks (CIDR) that may be asked besides, with commas between"),
    Setting("fetch_max_bytes", 4 * 1024 * MIB, "maximum size of what one fetch of a source brings, in bytes"),
    Setting("fetch_max_rows", 20_000_000, "maximum number of rows that one query of a source brings"),
    Setting("fetch_seconds", 3600.0, "seconds that one fetch of a source may take"),
    Setting("fetch_sqlite", "", "folder of SQLite files that every user's sources may read; empty: none"),
    Setting("fetch_ambient", "", "buckets, gs://name, that every user may read as the service, with commas between"),
    Setting("secret_key", "", "what encrypts secrets of users, 32 characters or more; older ones behind a comma"),
    Setting("smtp_url", "", "server that mail is sent by, such as smtps://user:password@host/?from=ml@example.org"),
    Setting("events_exchange", "events.out", "name, behind the prefix, of RabbitMQ's exchange of events; empty: none"),
    Setting("notification_days", 30, "days a notification and its deliveries are kept; 0: as long as the account"),
    Setting("predictor_url", "", "address of the predictor, for an api that loads no models itself"),
    Setting("serve_stale_s", 600.0, "seconds that predictions go on with what is known while the tables are away"),
    Setting(
        "serving_log",
        "on",
        "whether requests of endpoints are kept: `on`, `off` (what was kept before is deleted), or the most days",
        pattern=r"on|off|[1-9][0-9]{0,3}",
    ),
    Setting("monitor_rows", 50_000, "requests of a window of an endpoint that are looked into; of more a sample"),
    Setting("scoring_keys", "optional", "whether each message of rows must carry an API key", ("optional", "required")),
    Setting("model_cache_mib", 1024, "memory for loaded models in a process that predicts, in MiB"),
    Setting("metrics_port", 0, "port of all addresses on which a worker serves its metrics; 0: none"),
    Setting("heartbeat_file", "", "file that a worker touches as long as it lives; empty: none"),
    Setting("traces", "", "address of an OpenTelemetry collector, such as http://127.0.0.1:4318; empty: no traces"),
    Setting("log_format", "text", "log lines for people or for machines", ("text", "json")),
)


class Settings:
    """Values by name as attributes: `settings.lease_s`."""

    def __init__(self, environ: Mapping[str, str], **overrides: Any) -> None:
        known = {setting.name for setting in SETTINGS}
        if unknown := set(overrides) - known:
            raise SettingError(f"unknown settings: {', '.join(sorted(unknown))}")
        self.values: dict[str, Any] = {}
        for setting in SETTINGS:
            text = environ.get(setting.variable)
            value = setting.default if text is None else setting.parse(text)
            self.values[setting.name] = overrides.get(setting.name, value)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["values"][name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def folder(self) -> Path:
        """The embedded back ends' folder."""
        return Path(self.values["data"]).expanduser().absolute()

    @property
    def is_embedded(self) -> bool:
        """Whether the service is of one machine, whose user trusts itself."""
        return (self.values["tables"], self.values["queue"]) == ("sqlite", "local")

    def environ(self) -> dict[str, str]:
        """Return the variables that make the same settings in another process."""
        return {setting.variable: str(self.values[setting.name]) for setting in SETTINGS}
