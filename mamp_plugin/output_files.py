"""Output files: written completely or not at all, with errors that name them."""

import errno
import os
import tempfile
from contextlib import contextmanager
from typing import BinaryIO, Iterator, Union

AnyPath = Union[str, os.PathLike]


@contextmanager
def open_atomically(path: AnyPath) -> Iterator[BinaryIO]:
    """Open a file for writing that gets its name once it is complete; until then an older file stays.

    Args:
        path (str): The file; missing folders are created.
    """
    with naming(path):
        _check_replaceable(path)
        target = os.path.realpath(path)
        folder = os.path.dirname(target)
        os.makedirs(folder, exist_ok=True)
        handle, temporary = tempfile.mkstemp(suffix='.tmp', dir=folder)
        try:
            with os.fdopen(handle, 'wb') as file:
                yield file
            os.chmod(temporary, 0o644)
            os.replace(temporary, target)
        except BaseException:
            os.remove(temporary)
            raise


@contextmanager
def make_folder_atomically(path: AnyPath) -> Iterator[str]:
    """Yield a new folder to fill, which gets its name and replaces an older folder once it is complete."""
    with naming(path):
        target = os.path.abspath(path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with tempfile.TemporaryDirectory(prefix='.new-', dir=os.path.dirname(target)) as parent:
            new = os.path.join(parent, 'new')
            os.mkdir(new)
            yield new
            if os.path.lexists(target):
                os.rename(target, os.path.join(parent, 'old'))
            os.rename(new, target)


def check_file(path: AnyPath) -> None:
    """Check before long work that a file can be written; create missing folders."""
    with naming(path):
        _check_replaceable(path)
        check_folder(os.path.dirname(os.path.realpath(path)))


def check_folder(path: AnyPath) -> None:
    """Check before long work that files can be written to a folder; create it if missing."""
    with naming(path):
        os.makedirs(path, exist_ok=True)
        tempfile.TemporaryFile(dir=str(path)).close()


@contextmanager
def naming(path: AnyPath) -> Iterator[None]:
    """Name a path in errors of the file system: that of a full disk names none, others name a temporary file."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        # torch.save turns an error of its file into a RuntimeError
        cause = error.__context__ if isinstance(error, RuntimeError) else error
        if not isinstance(cause, OSError) or cause.errno is None:
            raise
        raise OSError(cause.errno, cause.strerror, str(path)) from error


def _check_replaceable(path: AnyPath) -> None:
    if os.path.isdir(path):
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
    if os.path.exists(path) and not os.path.isfile(path):
        raise OSError(errno.EINVAL, 'Not a regular file')
    if os.path.exists(path) and not os.access(path, os.W_OK):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))
