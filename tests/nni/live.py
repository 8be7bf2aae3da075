"""Real NNI experiments in a folder of their own: started, watched, killed, and always cleared away."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil

from nas_plugins.nni import LOOPBACK
from nas_plugins.nni.strategy_tuner import STATE_FILE

ROOT = Path(__file__).parents[2]
ATTEMPTS = 4
TOO_LATE = "Tuner did not connect in 10 seconds"
PATIENCE = 240  # seconds for what takes some ten on an idle machine


class Live:
    """One experiment at a time, run by ``nnictl`` as a user would.

    Args:
        folder: Where its files go; also the home of everything NNI remembers.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.environment = os.environ | {
            "HOME": str(folder),
            "NNI_CONFIG_DIR": str(folder / "nni-config"),
            "NODE_OPTIONS": f'--require "{LOOPBACK}"',
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
            "OMP_NUM_THREADS": "1",
        }

    def nnictl(self, *arguments: str) -> str:
        """Run NNI's command line; what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "nni.tools.nnictl.nnictl", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
        return done.stdout

    def start(self, *arguments: str) -> None:
        """Run ``nnictl create`` or ``nnictl resume`` until the tuner is connected.

        NNI allows a tuner ten seconds to start, which a busy machine may need for the imports alone.
        """
        for _ in range(ATTEMPTS):
            self.nnictl(*arguments, "--port", str(self.port))
            self.wait_for(lambda: self.get("trial-jobs") or self.status() not in ("INITIALIZED", "RUNNING"), "a trial")
            if not self.came_too_late():
                return
            self.kill()
        raise AssertionError(f"the tuner did not start in time, {ATTEMPTS} times")

    def came_too_late(self) -> bool:
        """Whether NNI has given the tuner up before it had started."""
        log = self.experiment / "log" / "nnimanager.log"
        return log.is_file() and TOO_LATE in log.read_text().rpartition("Start NNI manager")[2]

    @property
    def experiment(self) -> Path:
        """The folder of the experiment."""
        return (self.folder / "experiments" / "_latest").resolve()

    @property
    def id(self) -> str:
        """NNI's name of the experiment."""
        return self.experiment.name

    def get(self, path: str) -> Any:
        """Ask the server."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/nni/{path}", timeout=30) as response:
            return json.load(response)

    def wait_for(self, wanted: Any, what: str) -> None:
        """Wait until a condition holds."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if wanted():
                return
            time.sleep(0.2)
        raise AssertionError(f"{what} did not come in {PATIENCE} s: {self.logs()}")

    def status(self) -> str:
        """What NNI says of the experiment."""
        status: str = self.get("check-status")["status"]
        return status

    def state(self) -> dict[str, Any]:
        """The tuner's saved state."""
        file = self.experiment / "checkpoint" / STATE_FILE
        state: dict[str, Any] = json.loads(file.read_text()) if file.is_file() else {"ledger": {"jobs": []}}
        return state

    def told(self) -> int:
        """Results the tuner knows."""
        return len(self.state()["ledger"]["jobs"])

    def metrics(self) -> list[dict[str, Any]]:
        """Final results on NNI's record, as the trials reported them."""
        with closing(sqlite3.connect(self.experiment / "db" / "nni.sqlite")) as connection:
            rows = connection.execute("SELECT data FROM MetricData WHERE type = 'FINAL' ORDER BY rowid").fetchall()
        return [json.loads(json.loads(data)) for (data,) in rows]

    def processes(self) -> list[psutil.Process]:
        """Everything that runs in this home: server, dispatcher, trials."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.pid != os.getpid() and process.environ().get("HOME") == str(self.folder):
                    found.append(process)
            except (psutil.Error, OSError):
                continue
        return [process for process in found if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]

    def kill(self) -> None:
        """SIGKILL for all of them at once, as when a machine goes down."""
        for process in self.processes():
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        self.wait_for(lambda: not self.processes(), "the end of the killed processes")

    def logs(self) -> str:
        """The ends of NNI's logs."""
        if not self.experiment.is_dir():
            return "no experiment"
        files = sorted((self.experiment / "log").glob("*"))
        return "\n".join(f"{file.name}: {file.read_text(errors='replace')[-1500:]}" for file in files if file.is_file())


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listening_addresses(port: int) -> set[str]:
    """Where something listens on a port."""
    return {
        connection.laddr.ip
        for connection in psutil.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
    }
