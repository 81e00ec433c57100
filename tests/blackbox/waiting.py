"""Waiting for a condition with a deadline."""

import threading
import time


class TimedOut(Exception):
    """The condition did not come true before the deadline."""


def wait_until(condition, what, seconds=30.0, every=0.02):
    """Calls `condition` until it returns something true, and returns that. TimedOut names `what` was awaited."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise TimedOut(f"waited {seconds:g} s for {what}")
        pause.wait(every)


def pause_for(seconds):
    """Lets `seconds` pass: for a random instant between two actions, never for a condition."""
    threading.Event().wait(seconds)
