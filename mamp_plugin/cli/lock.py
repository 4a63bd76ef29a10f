"""Lock of a work dir, so that two runs do not overwrite each other's checkpoints."""

import json
import os
import socket
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Iterator

#: Name of the lock file in a work dir.
LOCK = '.lock.json'


def is_first_process() -> bool:
    """Tell if this is rank 0, before a process group exists."""
    return os.environ.get('RANK', os.environ.get('SLURM_PROCID', '0')) == '0'


@contextmanager
def lock_work_dir(work_dir: str) -> Iterator[None]:
    """Hold the lock of a work dir on rank 0; refuse a work dir that another living run holds.

    The lock of a process of this host that is gone is stale and taken over.

    Args:
        work_dir (str): The work dir; made if it does not exist.
    """
    if not is_first_process():
        yield
        return
    path = Path(work_dir) / LOCK
    path.parent.mkdir(parents=True, exist_ok=True)
    _acquire(path)
    try:
        yield
    finally:
        with suppress(FileNotFoundError):
            path.unlink()


def is_locked(work_dir: Path) -> bool:
    """Tell if a living run holds the lock of a work dir."""
    path = work_dir / LOCK
    return path.is_file() and not _is_stale(_read(path))


def _acquire(path: Path) -> None:
    owner = dict(host=socket.gethostname(), pid=os.getpid(), since=datetime.now().isoformat(timespec='seconds'))
    while True:
        try:
            with open(path, 'x', encoding='utf-8') as file:
                json.dump(owner, file)
            return
        except FileExistsError:
            other = _read(path)
        if not _is_stale(other):
            raise SystemExit(
                f'{path.parent} is in use: process {other.get("pid")} on {other.get("host")} has trained there since '
                f'{other.get("since")}; choose another --work-dir, or delete {path} if that run is gone'
            )
        with suppress(FileNotFoundError):
            path.unlink()


def _read(path: Path) -> dict:
    try:
        content = json.loads(path.read_text(encoding='utf-8'))
    except (OSError, ValueError):
        content = {}
    return content if isinstance(content, dict) else {}


def _is_stale(owner: dict) -> bool:
    """Tell if the process that holds a lock is gone; of another host it is not known, so it counts as living."""
    if owner.get('host') != socket.gethostname() or not isinstance(owner.get('pid'), int):
        return not owner
    try:
        os.kill(owner['pid'], 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # a process of somebody else
        pass
    return False
