# SPDX-License-Identifier: Apache-2.0
"""Fixtures and hooks of both suites. A failed test shows what each program logged meanwhile."""
import shutil
import sys
import tempfile
import time
from pathlib import Path

import pytest

from . import pki
from .processes import ProcessTable

_failed = False
_tables = []


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    global _failed
    outcome = yield
    report = outcome.get_result()
    if call.when == "setup":
        item.palpo_started = time.time() - call.duration
    if report.failed:
        _failed = True
        for table in _tables:
            for path, text in table.report(since=getattr(item, "palpo_started", None)):
                report.sections.append((f"log {path}", text))


@pytest.fixture(scope="session")
def workdir():
    """Short, because the path of a Unix socket may have 107 bytes. Kept when a test failed."""
    folder = Path(tempfile.mkdtemp(prefix="palpo-"))
    yield folder
    if _failed:
        print(f"\nlogs of the failed run are kept in {folder}", file=sys.stderr)
    else:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def session_processes(workdir):
    """Of programs that live as long as the test session."""
    yield from _table(workdir / "log")


_count = 0


@pytest.fixture
def folder(workdir):
    """The test's own."""
    global _count
    _count += 1
    path = workdir / f"t{_count}"
    path.mkdir()
    return path


@pytest.fixture
def processes(folder):
    """Of programs that end with the test."""
    yield from _table(folder / "log")


def _table(path):
    table = ProcessTable(path)
    _tables.append(table)
    yield table
    table.stop_all()
    _tables.remove(table)


@pytest.fixture(scope="session")
def authority(workdir):
    """Signs what the ingress shows to clients."""
    return pki.Authority(workdir / "pki")


@pytest.fixture(scope="session")
def trust(authority):
    """What a client that trusts the authority uses."""
    return authority.client_context()
