"""The server as a process: whoever stops it stops its workers, too."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grantflow.store import embedded


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def children(pid: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            continue
        if parent == pid:
            found.append(int(folder.name))
    return found


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at processes in /proc")
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_server_takes_its_workers_with_it(
    database: embedded.Urls, tmp_path: Path, stop: signal.Signals
) -> None:
    port = free_port()
    environment = {
        **os.environ,
        "GRANTFLOW_DATABASE_URL": database.application,
        "GRANTFLOW_OWNER_DATABASE_URL": database.owner,
        "GRANTFLOW_DATA_DIR": str(tmp_path),
    }
    command = [sys.executable, "-m", "grantflow", "serve", "--port", str(port), "--workers", "1"]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        ends = time.monotonic() + 60
        while not _answers(port):
            assert server.poll() is None
            assert time.monotonic() < ends, "the server did not start"
            time.sleep(0.1)
        (worker,) = children(server.pid)
        server.send_signal(stop)
        assert server.wait(30) == 0
        assert not alive(worker)
    finally:
        server.kill()
        server.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
