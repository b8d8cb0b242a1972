# SPDX-License-Identifier: Apache-2.0
"""A network namespace of the test run's own: no port is taken by anybody else, and nothing leaves the machine."""
import ctypes
import os
import random
import socket
import subprocess

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
# Addresses that are local inside the namespace. Kubernetes refuses loopback addresses in an EndpointSlice.
LOCAL_RANGE = "10.77.0.0/16"

_inside = False


def inside():
    return _inside


def enter():
    """Moves this process into a new network namespace with a working loopback. Raises OSError when not permitted."""
    global _inside
    if _inside:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.getuid(), os.getgid()
    flags = CLONE_NEWNET if uid == 0 else CLONE_NEWNET | CLONE_NEWUSER
    if libc.unshare(flags) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"no network namespace: {os.strerror(error)}")
    if uid != 0:
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"0 {uid} 1")
        _write("/proc/self/gid_map", f"0 {gid} 1")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ip", "route", "add", "local", LOCAL_RANGE, "dev", "lo"], check=True)
    _inside = True


def _write(path, text):
    with open(path, "w") as file:
        file.write(text)


_taken = set()


def free_port(address="127.0.0.1"):
    """A port below the ephemeral range, so that no client socket takes it between this call and its use."""
    while True:
        port = random.randrange(10000, 32000)
        if (address, port) in _taken:
            continue
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
            try:
                probe.bind((address, port))
            except OSError:
                continue
        _taken.add((address, port))
        return port
