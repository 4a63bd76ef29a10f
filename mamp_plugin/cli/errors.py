"""Run a command: errors that name a remedy end in one line, with --debug in a traceback."""

import logging
import re
import sys
import traceback
from pathlib import Path
from typing import Callable, Optional

from mmengine.logging import MMLogger

PACKAGE = Path(__file__).parents[1]


def run_command(main: Callable[[], None]) -> None:
    """Run a command, and end with one line if it fails with an error of this package or of the file system.

    Errors from anywhere else are bugs of somebody, so their traceback is shown. With ``--debug`` every one is.

    Args:
        main (callable): The command.
    """
    debug = '--debug' in sys.argv
    if debug:
        sys.argv.remove('--debug')
    try:
        main()
    except KeyboardInterrupt:
        if debug:
            raise
        sys.stderr.write('interrupted\n')
        sys.exit(130)
    except Exception as error:
        line = explain(error)
        if debug or line is None:
            raise
        _log_traceback()
        sys.stderr.write(f'error: {line} (--debug shows the traceback)\n')
        sys.exit(1)


def explain(error: BaseException) -> Optional[str]:
    """Return an error as one line, or None if it was raised neither by this package nor by the file system."""
    message = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    if isinstance(error, OSError):
        return _one_line(message)
    if 'Original Traceback' in message:  # raised in a worker of the data loader
        files = re.findall(r'File "(.+?)"', message)
        last = message.strip().splitlines()[-1]
        return _one_line(last.partition(': ')[2]) if files and _is_ours(files[-1]) else None
    frames = traceback.extract_tb(error.__traceback__)
    return _one_line(message) if frames and _is_ours(frames[-1].filename) else None


def _is_ours(filename: str) -> bool:
    return PACKAGE in Path(filename).resolve().parents


def _one_line(message: str) -> str:
    return ' '.join(message.split())


def _log_traceback() -> None:
    """Write the traceback to the log file of the run, if there is one."""
    if not MMLogger._instance_dict:
        return
    record = traceback.format_exc()
    for handler in MMLogger.get_current_instance().handlers:
        if isinstance(handler, logging.FileHandler):
            handler.stream.write(record)
            handler.flush()
