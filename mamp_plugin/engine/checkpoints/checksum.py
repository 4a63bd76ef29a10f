"""Checksums beside checkpoints, in files that ``sha256sum -c`` reads."""

import hashlib
import os

from mamp_plugin.output_files import open_atomically


def sha256_of(path: str) -> str:
    """Return the SHA-256 checksum of a file in hexadecimal digits."""
    with open(path, 'rb') as file:
        digest = hashlib.sha256()
        for block in iter(lambda: file.read(2**20), b''):
            digest.update(block)
    return digest.hexdigest()


def checksum_file(path: str) -> str:
    """Return the path of the checksum of a checkpoint."""
    return f'{path}.sha256'


def write_checksum(checksum: str, path: str) -> None:
    """Write the checksum of a checkpoint beside the place it is for."""
    with open_atomically(checksum_file(path)) as file:
        file.write(f'{checksum}  {os.path.basename(path)}\n'.encode())


def check_checksum(path: str) -> None:
    """Raise a RuntimeError if there is a checksum beside a checkpoint and it is that of another file."""
    try:
        with open(checksum_file(path), encoding='ascii', errors='replace') as file:
            expected = file.read(64)
    except FileNotFoundError:
        return
    if sha256_of(path) != expected:
        raise RuntimeError(
            f'checkpoint {path} is damaged: its content has changed since {checksum_file(path)} was written; '
            'take another one'
        )
