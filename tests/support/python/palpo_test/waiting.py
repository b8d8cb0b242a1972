# SPDX-License-Identifier: Apache-2.0
"""Waiting for something observable, with a deadline. The only place that sleeps."""
import os
import time

# Sanitizer builds are slower: PALPO_TEST_TIME_SCALE=5 stretches every deadline.
SCALE = float(os.environ.get("PALPO_TEST_TIME_SCALE", "1"))
POLL_SECONDS = 0.01


class GaveUp(AssertionError):
    pass


def wait_until(what, condition, timeout=15.0):
    """Calls condition until it returns something true, and returns that. An exception counts as not yet."""
    deadline = time.monotonic() + timeout * SCALE
    pause = POLL_SECONDS
    while True:
        last = None
        try:
            value = condition()
            if value:
                return value
            last = value
        except (AssertionError, OSError, ValueError, KeyError, IndexError, TypeError) as error:
            last = error
        if time.monotonic() >= deadline:
            raise GaveUp(f"gave up waiting for {what} after {timeout * SCALE:.0f} s; last seen: {last!r}")
        time.sleep(pause)
        pause = min(pause * 1.3, 0.2)


def stays(what, condition, seconds):
    """The condition must hold for that long: for things that must not happen. Use it after their last cause is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert condition(), f"{what} did not hold"
        time.sleep(POLL_SECONDS * 5)
