"""End of the processes that torchrun has started when it dies."""

import ctypes
import os
import signal
import sys
from pathlib import Path

#: Option of prctl(2): the signal that a process gets when its parent dies.
_PR_SET_PDEATHSIG = 1


def end_with_launcher() -> None:
    """Let the kernel kill this process when torchrun dies, without which it trains on (Linux only)."""
    if not sys.platform.startswith('linux') or 'TORCHELASTIC_RUN_ID' not in os.environ:
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # a launcher that died before sends no signal: an orphan is a child of init, which is no Python program
    if b'python' not in Path(f'/proc/{os.getppid()}/cmdline').read_bytes().partition(b'\0')[0]:
        raise SystemExit('torchrun, which started this process, has died')
