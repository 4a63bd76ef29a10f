"""Raw files in folders and zip archives: found by name, read into memory, never unpacked."""

import os
import re
import struct
import zipfile
import zlib
from typing import IO, Dict, Iterable, List, NamedTuple, Sequence, Tuple

from mamp_plugin.untrusted.archives import check_members, open_archive

#: Limit that no raw file of the known data sets comes near; a larger archive member is taken for an attack.
MAX_BYTES = 256 * 2**20
#: Characters of a message; names in a file may have millions.
_LONGEST_MESSAGE = 3000


class RawDataError(ValueError):
    """Error in a raw file; the message starts with the file and, in text files, the line."""

    def __init__(self, message: str) -> None:
        super().__init__(message if len(message) <= _LONGEST_MESSAGE else f'{message[:_LONGEST_MESSAGE]} ...')


class RawFile(NamedTuple):
    """File in a folder or an archive; ``stamp`` changes with its content."""

    source: str
    name: str
    size: int
    stamp: int
    archived: bool

    @property
    def label(self) -> str:
        """Return the file name for error messages."""
        return f'{self.source}!{self.name}' if self.archived else os.path.join(self.source, self.name)


Found = Tuple[re.Match, RawFile]


class RawFiles:
    """All files in folders and zip archives.

    Args:
        paths (Sequence[str]): Folders, zip archives and single files.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = [str(path) for path in paths]
        self.files = [file for path in self.paths for file in _listing(path)]
        self._archives: Dict[Tuple[int, str], zipfile.ZipFile] = {}

    def __getstate__(self) -> dict:
        """Drop the list and the open archives: a worker gets its files in the items."""
        return dict(paths=self.paths, files=[], _archives={})

    def matching(self, pattern: str) -> List[Found]:
        """Return the files whose name without folders matches a regular expression, sorted by name."""
        found = [(re.fullmatch(pattern, file.name.rpartition('/')[2]), file) for file in self.files]
        return sorted(((match, file) for match, file in found if match), key=lambda pair: pair[1].name)

    def named(self, pattern: str, wanted: str) -> Dict[str, Found]:
        """Return the matching files by the first group of the pattern; at least one, none twice.

        Args:
            pattern (str): Regular expression for the name without folders.
            wanted (str): Description of the files for the error message.
        """
        files = unique(self.matching(pattern))
        if not files:
            archives = any(file.name.endswith('.zip') for file in self.files)
            hint = '; it contains zip archives: pass them to --raw instead' if archives else ''
            raise RawDataError(f'no {wanted} in {", ".join(self.paths)}{hint}')
        return files

    def read(self, file: RawFile) -> bytes:
        """Return the content of a file, which must not be empty."""
        if file.size > MAX_BYTES:
            raise RawDataError(f'{file.label} claims to hold {file.size} bytes; more than {MAX_BYTES} are not read')
        content = self.head(file, file.size)
        if not content:
            raise RawDataError(f'{file.label} is empty')
        return content

    def head(self, file: RawFile, size: int) -> bytes:
        """Return at most the first ``size`` bytes of a file."""
        try:
            with self._open(file) as stream:
                return stream.read(size)
        except (OSError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error, EOFError, struct.error) as error:
            raise RawDataError(f'{file.label} cannot be read: {error}') from error

    def _open(self, file: RawFile) -> IO[bytes]:
        if not file.archived:
            return open(os.path.join(file.source, file.name), 'rb')
        key = os.getpid(), file.source  # a forked process must not share the file position of its parent
        if key not in self._archives:
            self._archives[key] = zipfile.ZipFile(file.source)
            check_members(self._archives[key])
        return self._archives[key].open(file.name)


def unique(found: Iterable[Found]) -> Dict[str, Found]:
    """Index files by the first group of their match; raise RawDataError if one occurs twice."""
    files: Dict[str, Found] = {}
    for match, file in found:
        _, other = files.setdefault(match[1], (match, file))
        if other is not file:
            raise RawDataError(f'{match[1]} exists twice: {other.label} and {file.label}; give only one of them')
    return files


def _listing(path: str) -> List[RawFile]:
    if os.path.isdir(path):
        found = (os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names)
        inside = (os.path.relpath(name, path) for name in found)
        return [_on_disk(path, name) for name in inside if not _is_clutter(name)]
    if not os.path.isfile(path):
        raise RawDataError(f'{path} does not exist; give the folder or zip archive with the raw files')
    if not path.lower().endswith('.zip'):
        return [_on_disk(*os.path.split(path))]
    try:
        with open_archive(path) as archive:
            members = archive.infolist()
    except (OSError, zipfile.BadZipFile) as error:
        raise RawDataError(f'{path} is not a readable zip archive ({error}); download it again') from error
    return [
        RawFile(path, member.filename, member.file_size, member.CRC, True)
        for member in members
        if not member.is_dir() and not _is_clutter(member.filename)
    ]


def _on_disk(folder: str, name: str) -> RawFile:
    status = os.stat(os.path.join(folder, name))
    return RawFile(folder, name.replace(os.sep, '/'), status.st_size, status.st_mtime_ns, False)


def _is_clutter(name: str) -> bool:
    """Return True for hidden files and the resource forks of macOS archives."""
    return any(part.startswith('.') or part == '__MACOSX' for part in name.replace(os.sep, '/').split('/'))
