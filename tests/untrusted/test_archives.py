"""Zip archives that are not what they claim."""

import zipfile

import pytest

from mamp_plugin.untrusted.archives import open_archive


def test_members_without_a_name_are_refused(tmp_path):
    path = tmp_path / 'x.zip'
    with zipfile.ZipFile(path, 'w') as archive:
        archive.writestr('a', b'1')
    content = bytearray(path.read_bytes())
    entry = content.index(b'PK\x01\x02')
    content[entry + 46] = 0  # a name ends at a zero byte
    path.write_bytes(content)
    with pytest.raises(zipfile.BadZipFile, match='one of its members has no name'), open_archive(str(path)):
        pass
