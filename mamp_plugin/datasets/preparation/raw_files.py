"""Raw files in folders and zip archives: found by name, read whole into memory, never unpacked."""

import os
import re
import zipfile
import zlib
from typing import IO, Dict, List, NamedTuple, Pattern, Sequence, Tuple

#: No single raw file of the known data sets comes near; a member that claims more is not what it seems.
MAX_BYTES = 256 * 2**20


class RawDataError(ValueError):
    """Something is wrong with a raw file; the message starts with its name and, in text files, the line."""


class RawFile(NamedTuple):
    """A file in a folder or an archive; ``stamp`` changes with its content."""

    source: str
    name: str
    size: int
    stamp: int
    archived: bool

    @property
    def label(self) -> str:
        """The file as error messages name it."""
        return f'{self.source}!{self.name}' if self.archived else os.path.join(self.source, self.name)


class RawFiles:
    """All files below folders and in zip archives.

    Args:
        paths (Sequence[str]): Folders, zip archives and single files.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = [str(path) for path in paths]
        self.files = [file for path in self.paths for file in _listing(path)]
        self._archives: Dict[Tuple[int, str], zipfile.ZipFile] = {}

    def __getstate__(self) -> dict:
        """Workers read files that they are told of; they need neither the list nor open archives."""
        return dict(paths=self.paths, files=[], _archives={})

    def matching(self, pattern: str) -> List[Tuple['re.Match', RawFile]]:
        """Files whose name without folders matches a regular expression, in the order of their names."""
        compiled: Pattern = re.compile(pattern)
        found = [(compiled.fullmatch(file.name.rpartition('/')[2]), file) for file in self.files]
        return sorted(((match, file) for match, file in found if match), key=lambda pair: pair[1].name)

    def named(self, pattern: str, wanted: str) -> Dict[str, Tuple['re.Match', RawFile]]:
        """As ``matching``, by the pattern's first group; there must be some, and each only once.

        Args:
            pattern (str): Regular expression for the name without folders.
            wanted (str): What is looked for, for the error message.
        """
        files: Dict[str, Tuple[re.Match, RawFile]] = {}
        for match, file in self.matching(pattern):
            other = files.setdefault(match[1], (match, file))[1]
            if other is not file:
                raise RawDataError(f'{match[1]} is there twice: {other.label} and {file.label}; give only one of them')
        if not files:
            archives = any(file.name.endswith('.zip') for file in self.files)
            hint = '; there are zip archives in it, which can be given themselves' if archives else ''
            raise RawDataError(f'no {wanted} in {", ".join(self.paths)}{hint}')
        return files

    def read(self, file: RawFile) -> bytes:
        """The whole file."""
        if file.size > MAX_BYTES:
            raise RawDataError(f'{file.label} claims to hold {file.size} bytes; more than {MAX_BYTES} are not read')
        content = self.head(file, file.size)
        if not content:
            raise RawDataError(f'{file.label} is empty')
        return content

    def head(self, file: RawFile, size: int) -> bytes:
        """The first ``size`` bytes of a file, or what there is."""
        try:
            with self._open(file) as stream:
                return stream.read(size)
        except (OSError, RuntimeError, zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise RawDataError(f'{file.label} cannot be read: {error}') from error

    def _open(self, file: RawFile) -> IO[bytes]:
        if not file.archived:
            return open(os.path.join(file.source, file.name), 'rb')
        key = os.getpid(), file.source  # a forked process must not share the position in the parent's open file
        if key not in self._archives:
            self._archives[key] = zipfile.ZipFile(file.source)
        return self._archives[key].open(file.name)


def _listing(path: str) -> List[RawFile]:
    if os.path.isdir(path):
        return [
            _on_disk(path, os.path.relpath(os.path.join(folder, name), path))
            for folder, _, names in os.walk(path)
            for name in names
            if not _is_clutter(os.path.relpath(os.path.join(folder, name), path))
        ]
    if not os.path.isfile(path):
        raise RawDataError(f'{path} does not exist; give the folder or zip archive with the raw files')
    if not path.lower().endswith('.zip'):
        folder, name = os.path.split(path)
        return [_on_disk(folder, name)]
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (OSError, zipfile.BadZipFile) as error:
        raise RawDataError(f'{path} is no readable zip archive ({error}); download it again') from error
    return [
        RawFile(path, member.filename, member.file_size, member.CRC, True)
        for member in members
        if not member.is_dir() and not _is_clutter(member.filename)
    ]


def _on_disk(folder: str, name: str) -> RawFile:
    status = os.stat(os.path.join(folder, name))
    return RawFile(folder, name.replace(os.sep, '/'), status.st_size, status.st_mtime_ns, False)


def _is_clutter(name: str) -> bool:
    """What file managers leave behind."""
    return any(part.startswith('.') or part == '__MACOSX' for part in name.replace(os.sep, '/').split('/'))
