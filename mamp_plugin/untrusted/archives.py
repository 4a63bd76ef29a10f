"""Bounds of zip archives, which also ``.npz`` files and checkpoints are."""

import os
import zipfile
from contextlib import contextmanager
from typing import IO, Iterator, Union

#: Bytes that any archive may hold when decompressed.
_FLOOR = 2**26
#: Limit of decompressed bytes per byte of the archive; coordinates and their text shrink to a third or a tenth.
_RATIO = 100
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@contextmanager
def open_archive(file: Union[str, IO[bytes]]) -> Iterator[zipfile.ZipFile]:
    """Open a zip archive and check its members, see :func:`check_members`."""
    try:
        archive = zipfile.ZipFile(file)
    except (OSError, zipfile.BadZipFile):
        raise
    except Exception as error:  # a broken directory leads zipfile to exceptions of many types
        raise zipfile.BadZipFile(str(error)) from error
    with archive:
        check_members(archive)
        yield archive


def check_members(archive: zipfile.ZipFile) -> None:
    """Raise a BadZipFile if the members of an archive are far larger than it, or could not be read piece by piece.

    Args:
        archive (ZipFile): The archive, open.
    """
    stream: IO[bytes] = archive.fp  # type: ignore[assignment]
    size = stream.seek(0, os.SEEK_END)
    claimed, limit = sum(info.file_size for info in archive.infolist()), max(_FLOOR, _RATIO * size)
    if claimed > limit:
        raise zipfile.BadZipFile(
            f'its members claim {claimed:,} bytes, more than {limit:,} for an archive of {size:,} bytes'
        )
    if not all(info.filename for info in archive.infolist()):
        raise zipfile.BadZipFile('one of its members has no name')
    other = next((info for info in archive.infolist() if info.compress_type not in _METHODS), None)
    if other is not None:  # zipfile decompresses these methods without a limit
        raise zipfile.BadZipFile(f'its member {other.filename[:80]!r} is neither stored nor deflated')
