# SPDX-License-Identifier: Apache-2.0
"""Child processes that die with the test run and whose output is kept for the report of a failure."""
import json
import os
import signal
import subprocess
import time
from pathlib import Path

from .waiting import SCALE, wait_until

REPOSITORY = Path(__file__).resolve().parents[4]


def program(name):
    """The path of a built program: in PALPO_BIN, or of the dev build."""
    path = Path(os.environ.get("PALPO_BIN") or REPOSITORY / "build/dev/bin").resolve() / name
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist: build it, or name its folder by PALPO_BIN")
    return path


class Process:
    """One child. Starts at once; output goes to LOG_DIR/NAME.log, appended to over restarts of the same name."""

    def __init__(self, name, argv, log_dir, env=None, cwd=None):
        self.name = name
        self.argv = [str(part) for part in argv]
        self.log_path = Path(log_dir) / f"{name}.log"
        self.log_start = self.log_path.stat().st_size if self.log_path.exists() else 0
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PALPO_")}
        environment.pop("KUBECONFIG", None)
        environment.update(env or {})
        with open(self.log_path, "ab") as log:
            # pdeathsig: a killed test run leaves nothing behind. It follows the thread that starts the child, so
            # children are started from the main thread.
            self.popen = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *self.argv],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=environment, cwd=cwd)

    @property
    def pid(self):
        return self.popen.pid

    def running(self):
        return self.popen.poll() is None

    def log(self):
        """What this start has written."""
        with open(self.log_path, "rb") as log:
            log.seek(self.log_start)
            return log.read().decode("utf-8", "replace")

    def log_lines(self):
        """The structured lines of this start, as dicts."""
        lines = []
        for line in self.log().splitlines():
            try:
                lines.append(json.loads(line))
            except ValueError:
                pass
        return lines

    def wait_for_log(self, text, timeout=15.0):
        def seen():
            if text in self.log():
                return True
            if not self.running():
                raise RuntimeError(f"{self.name} ended with {self.popen.returncode}:\n{self.log()[-4000:]}")
            return False

        wait_until(f"{text!r} in the log of {self.name}", seen, timeout)

    def require_running(self):
        if not self.running():
            raise RuntimeError(f"{self.name} ended with {self.popen.returncode}:\n{self.log()[-4000:]}")

    def signal(self, number):
        if self.running():
            self.popen.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.popen.wait()

    def wait(self, timeout=15.0):
        return self.popen.wait(timeout * SCALE)

    def terminate(self, timeout=20.0):
        """SIGTERM, then the exit status. A child that does not end in time fails the test."""
        self.signal(signal.SIGTERM)
        try:
            return self.popen.wait(timeout * SCALE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not end within {timeout} s of SIGTERM") from None

    def stop(self):
        """For clean-up: whatever its state, it is gone afterwards."""
        if self.running():
            self.signal(signal.SIGTERM)
            try:
                self.popen.wait(5)
            except subprocess.TimeoutExpired:
                self.kill()

    def pause(self):
        self.signal(signal.SIGSTOP)
        wait_until(f"{self.name} to stop", lambda: _states(self.pid) == {"T"}, 5)

    def resume(self):
        self.signal(signal.SIGCONT)


def _states(pid):
    """Of every thread."""
    return {stat.read_text().rpartition(")")[2].split()[0] for stat in Path(f"/proc/{pid}/task").glob("*/stat")}


class ProcessTable:
    """All children of a test or session, for clean-up and for the failure report."""

    def __init__(self, log_dir):
        self.log_dir = Path(log_dir)
        self.log_dir.mkdir(parents=True, exist_ok=True)
        self.all = []

    def start(self, name, argv, env=None, cwd=None):
        process = Process(name, argv, self.log_dir, env, cwd)
        self.all.append(process)
        return process

    def stop_all(self):
        for process in reversed(self.all):
            process.stop()

    def report(self, since=None, tail=60):
        """The last lines of each log, for a failed test."""
        parts = []
        for path in sorted(self.log_dir.glob("*.log")):
            if since is not None and path.stat().st_mtime < since:
                continue
            lines = path.read_text("utf-8", "replace").splitlines()
            parts.append((path, "\n".join(lines[-tail:])))
        return parts


def run(argv, timeout=60.0, env=None, input=None):
    """A command that ends by itself; its output as text."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PALPO_")}
    environment.update(env or {})
    started = time.monotonic()
    done = subprocess.run([str(part) for part in argv], capture_output=True, text=True, env=environment, input=input,
                          timeout=timeout * SCALE, check=False)
    done.seconds = time.monotonic() - started
    return done
