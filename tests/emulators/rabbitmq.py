"""The real RabbitMQ, for tests: its own folder and ports on loopback, gone with the process that started it."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.emulators.bound import stop
from tests.emulators.debian import install
from tests.emulators.ports import reserve_ports
from tests.waiting import PATIENCE_S, wait_for

PACKAGE = "rabbitmq-server"
NODE = "nb@localhost"

# Erlang's name server is started here, in the foreground, for RabbitMQ would leave one behind that outlives it.
# The end of the pipe means that the tests are over, however they ended: the whole process group goes.
SHELL = """
epmd -address 127.0.0.1 -port "$ERL_EPMD_PORT" &
"$0" &
cat > /dev/null
kill -9 0
"""

CONFIG = """
listeners.tcp.default = 127.0.0.1:{port}
loopback_users = none
log.console = false
"""


class RabbitBroker:
    """One broker: to be killed or stopped at any time, and started again on the same folder."""

    def __init__(self, folder: Path, scripts: Path) -> None:
        self.folder = folder
        self.scripts = scripts
        self.port, dist, epmd = reserve_ports(3)
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}/%2F"
        (folder / "rabbitmq.conf").write_text(CONFIG.format(port=self.port))
        self.environ = MappingProxyType(
            {
                "PATH": os.environ["PATH"],
                "HOME": str(folder),  # a cookie of its own
                "LANG": "C.UTF-8",
                "ERL_EPMD_ADDRESS": "127.0.0.1",
                "ERL_EPMD_PORT": str(epmd),
                "RABBITMQ_NODENAME": NODE,
                "RABBITMQ_DIST_PORT": str(dist),
                "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
                "RABBITMQ_LOG_BASE": str(folder / "log"),
                "RABBITMQ_PID_FILE": str(folder / "pid"),
                "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
                "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
                "RABBITMQ_CONF_ENV_FILE": str(folder / "env.conf"),
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            }
        )
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return when it takes connections; fine where it does already."""
        if self.process is None:
            (self.folder / "pid").unlink(missing_ok=True)
            command = ["sh", "-c", SHELL, str(self.scripts / "rabbitmq-server")]
            with open(self.folder / "output.log", "ab") as log:
                self.process = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=self.environ, start_new_session=True
                )
        deadline = time.monotonic() + PATIENCE_S
        while not self._answers():
            if time.monotonic() > deadline:
                output = (self.folder / "output.log").read_text(errors="replace")
                raise AssertionError(f"RabbitMQ did not start in {PATIENCE_S} s:\n{output[-4000:]}")
            time.sleep(0.1)

    def kill(self) -> None:
        """SIGKILL, as a power cut would have it."""
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()
        self.process = None
        wait_for(lambda: not _listens(self.port))

    def discard(self) -> None:
        """Kill it and remove its folder."""
        if self.process is not None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def pause(self) -> None:
        """SIGSTOP: connections stay open, and nothing answers."""
        stop(self.pid)

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def wait_until_kept(self, queue: str) -> None:
        """Return when a new queue outlives `kill`: the broker writes its name down a second after it has answered
        that the queue is there, and what it cannot find by name it has lost, confirmed messages included."""
        names = self.folder / "mnesia" / NODE / "quorum" / NODE / "names.dets"
        wait_for(lambda: f"_{queue}m".encode() in names.read_bytes())

    @property
    def pid(self) -> int:
        """The process of the broker itself."""
        return int((self.folder / "pid").read_text())

    def control(self, *arguments: str) -> str:
        """What `rabbitmqctl` has to say (takes a second)."""
        command = [str(self.scripts / "rabbitmqctl"), "--quiet", *arguments]
        return subprocess.run(command, env=self.environ, check=True, capture_output=True, text=True).stdout

    def _answers(self) -> bool:
        """Whether a broker greets: its port opens only when everything behind it is up."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=10.0) as connection:
                connection.sendall(b"AMQP\x00\x00\x09\x01")
                return bool(connection.recv(1))
        except OSError:
            return False


@functools.cache
def shared_broker() -> RabbitBroker:
    """The broker of this test session, started by the first who asks. Skips where RabbitMQ cannot be had."""
    if _scripts() is None:
        install(PACKAGE)
    if (scripts := _scripts()) is None:
        pytest.skip(f"RabbitMQ is not here and could not be installed: apt-get install {PACKAGE}")
    broker = RabbitBroker(Path(tempfile.mkdtemp(prefix="rabbitmq-")), scripts)
    atexit.register(broker.discard)
    return broker


def running_broker() -> RabbitBroker:
    """The shared broker, up, whatever the test before did to it."""
    broker = shared_broker()
    broker.start()
    return broker


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _scripts() -> Path | None:
    """RabbitMQ's own start scripts: those on the PATH change the user first, and need root."""
    found = sorted(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin/rabbitmq-server"))
    return found[-1].parent if found and shutil.which("epmd") else None
