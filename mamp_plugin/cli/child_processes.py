"""Child processes that end with the command that started them."""

import contextlib
import os
import signal
import subprocess
import threading
from typing import Any, Iterator, List, NoReturn, Optional, Set

#: Seconds from SIGTERM to SIGKILL, in which torchrun ends its workers.
GRACE = 30


class ChildProcesses:
    """Processes with process groups of their own, started from several threads."""

    def __init__(self) -> None:
        self.closed = False
        self._terminated = False
        self._running: Set[subprocess.Popen] = set()
        self._lock = threading.Lock()

    def run(self, command: List[str], **kwargs: Any) -> Optional[int]:
        """Run a command and return its exit status, or None if it was not started or terminated.

        Args:
            command (list[str]): Command.
            **kwargs: Arguments of :class:`subprocess.Popen`.
        """
        with self._lock:
            if self.closed:
                return None
            process = subprocess.Popen(command, start_new_session=True, **kwargs)
            self._running.add(process)
        code = process.wait()
        with self._lock:
            self._running.remove(process)
            return None if self._terminated else code

    def close(self) -> None:
        """Let no further process start."""
        with self._lock:
            self.closed = True

    def terminate(self) -> None:
        """Let no further process start, terminate the running ones with their children, and wait for them."""
        self.close()
        with self._lock:
            self._terminated = True
            running = list(self._running)
        for process in running:
            _signal_group(process, signal.SIGTERM)
        for process in running:
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                _signal_group(process, signal.SIGKILL)
                process.wait()


@contextlib.contextmanager
def terminated_on_exit() -> Iterator[ChildProcesses]:
    """Yield child processes that are terminated if an error, Ctrl-C, SIGTERM or SIGHUP ends the command."""
    children = ChildProcesses()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    for number, handler in before.items():
        if handler is signal.SIG_DFL:  # not under nohup, which ignores SIGHUP
            signal.signal(number, _exit)
    try:
        yield children
    except BaseException:
        children.terminate()
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _exit(number: int, frame: Any) -> NoReturn:
    raise SystemExit(128 + number)


def _signal_group(process: subprocess.Popen, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
