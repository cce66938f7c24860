"""The service as it is deployed: each role a process of its own over RabbitMQ, Bigtable and Cloud Storage, behind a
balancer."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
from pathlib import Path
from types import TracebackType

from backends.factory import create_backends
from core.ports import QUEUES, Ports
from core.settings import Settings
from nobrains_client import Client
from tests.emulators.balancer import Balancer
from tests.emulators.bigtable import BigtableEmulator
from tests.emulators.bound import ROOT
from tests.emulators.gcs import running_gcs
from tests.emulators.ports import reserve_ports
from tests.emulators.proxy import Proxy
from tests.emulators.rabbitmq import running_broker
from tests.integration.polling import user
from tests.integration.real.role import PROGRAM, Role


class Lines:
    """What the network of one process consists of: a proxy before each back end."""

    def __init__(self, broker_port: int, tables_port: int, blobs_port: int) -> None:
        self.broker, self.tables, self.blobs = Proxy(broker_port), Proxy(tables_port), Proxy(blobs_port)
        self.all = (self.broker, self.tables, self.blobs)

    def mend(self) -> None:
        for line in self.all:
            line.set("forward")

    def close(self) -> None:
        for line in self.all:
            line.close()


class Deployment:
    """All of it, running, as a context manager. `api_b` and `predictor_b` are a second api and predictor, known to the
    balancer and not started, and `train_b` and `profile_b` second workers, not started either. The first one, `train`,
    reaches its back ends through `lines`.

    Args:
        folder: for logs and configurations. The service itself keeps nothing in it.
        settings: the service's own, beside the addresses of its back ends.
    """

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.opened = contextlib.ExitStack()
        self.broker = running_broker()
        self.tables = BigtableEmulator()
        self.opened.callback(self.tables.kill)
        self.blobs = self.opened.enter_context(running_gcs())
        self.queue_prefix = f"{secrets.token_hex(4)}."
        api, api_b, predictor, predictor_b, *balancer = reserve_ports(6)
        self.balancer = Balancer(folder, balancer, [api, api_b], [predictor, predictor_b])
        self.opened.callback(self.balancer.kill)
        self.url = self.balancer.url
        self.environ = self._environ(predictor, settings)
        answer = ("api", "--no-predict", "--processes", "2")
        self.api = self._role("api", *answer, port=api)
        self.api_b = self._role("api-b", *answer, port=api_b)
        self.predictor = self._role("predictor", "predictor", port=predictor)
        self.predictor_b = self._role("predictor-b", "predictor", port=predictor_b)
        self.lines = Lines(self.broker.port, self.tables.port, int(self.blobs.url.rpartition(":")[2]))
        self.opened.callback(self.lines.close)
        self.train = self._role("train", "worker", "--queue", "train")
        self.train.environ = {**self.environ, **self._through_lines()}
        self.train_b = self._role("train-b", "worker", "--queue", "train")
        self.profile = self._role("profile", "worker", "--queue", "profile")
        self.fetcher = self._role("fetcher", "fetcher")
        self.profile_b = self._role("profile-b", "worker", "--queue", "profile")
        self.others = (self.api_b, self.predictor_b, self.train_b, self.profile_b)
        self.roles = (self.api, self.predictor, self.train, self.profile, self.fetcher)

    def start(self) -> Deployment:
        """Make tables, bucket and queues, and start every role."""
        self.run("init")
        for queue in QUEUES:
            self.broker.wait_until_kept(f"{self.queue_prefix}{queue}")
        self.heal()
        return self

    def heal(self) -> None:
        """Start and wake whatever a test has stopped; return when every part is seen to be well."""
        self.lines.mend()
        for role in (*self.roles, *self.others):
            role.resume()
        self.tables.resume()
        self.blobs.process.send_signal(signal.SIGCONT)
        self.blobs.refuse(0)
        self.broker.start()
        for role in self.roles:
            role.start()
        for role in (self.api, self.predictor):
            role.wait_ready()
        self.balancer.wait_until(True, f"api-{self.api.port}", f"predictor-{self.predictor.port}")

    def run(self, *arguments: str) -> str:
        """What a command of the operator prints."""
        environ = {**self.environ, "COLUMNS": "200"}
        done = subprocess.run([*PROGRAM, *arguments], cwd=ROOT, env=environ, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def client(self, username: str = "ada", *, sign_up: bool = True) -> Client:
        """A client that is signed in, through the balancer."""
        return user(self.url, username, sign_up=sign_up)

    def open(self) -> Ports:
        """The back ends themselves, for this process, whose environment must name them: see `environ`."""
        return create_backends(Settings(self.environ))

    def log(self) -> str:
        """The end of what each role has said."""
        return "\n".join(f"--- {path.stem}\n{path.read_text()[-4000:]}" for path in sorted(self.folder.glob("*.log")))

    def stop(self) -> list[int]:
        """End every role in order; their exit codes."""
        try:
            return [role.stop() for role in reversed((*self.roles, *self.others)) if role.process is not None]
        finally:
            self.opened.close()

    def __enter__(self) -> Deployment:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        codes = self.stop()
        if kind is None:
            assert set(codes) == {0}, f"exit codes {codes}\n{self.log()}"

    def _role(self, name: str, *arguments: str, port: int = 0) -> Role:
        return Role(arguments, self.environ, self.folder / f"{name}.log", port)

    def _through_lines(self) -> dict[str, str]:
        """The addresses of the back ends, as `train` knows them."""
        return {
            "NOBRAINS_RABBITMQ_URL": self.broker.url.replace(f":{self.broker.port}/", f":{self.lines.broker.port}/"),
            "BIGTABLE_EMULATOR_HOST": f"127.0.0.1:{self.lines.tables.port}",
            "STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{self.lines.blobs.port}",
        }

    def _environ(self, predictor_port: int, settings: dict[str, str]) -> dict[str, str]:
        """Nothing of this machine's own settings, if there are any."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("NOBRAINS_")}
        ours = {
            "data": str(self.folder / "data"),
            "tables": "bigtable",
            "blobs": "gcs",
            "queue": "rabbitmq",
            "gcs_bucket": f"nobrains-{secrets.token_hex(4)}",
            "rabbitmq_url": self.broker.url,
            "rabbitmq_prefix": self.queue_prefix,
            "predictor_url": f"http://127.0.0.1:{predictor_port}",
            "trusted_proxies": "1",
            "insecure_cookies": "1",
            "secret_key": secrets.token_hex(32),
            "fetch_allow": "127.0.0.1",  # Receivers of tests are on this machine.
            **settings,
        }
        return {
            **kept,
            **{f"NOBRAINS_{name.upper()}": value for name, value in ours.items()},
            "GOOGLE_CLOUD_PROJECT": "test",
            "BIGTABLE_EMULATOR_HOST": self.tables.host,
            "STORAGE_EMULATOR_HOST": self.blobs.url,
        }
