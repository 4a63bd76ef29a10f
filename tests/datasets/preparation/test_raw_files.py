import zipfile

import pytest

from mamp_plugin.datasets.preparation import RawDataError, raw_files
from mamp_plugin.datasets.preparation.raw_files import RawFiles

FILES = {'deep/a1.txt': 'one', 'a2.txt': 'two', 'a10.dat': 'no', '.hidden/a3.txt': '', '__MACOSX/a4.txt': ''}


@pytest.mark.parametrize('where', ['raw', 'raw.zip'])
def test_files_in_folders_and_archives_are_read(write_files, where):
    files = RawFiles([write_files(FILES, where)])
    found = files.named(r'(a\d)\.txt', 'aX.txt')
    assert {name: files.read(file) for name, (_, file) in found.items()} == {'a1': b'one', 'a2': b'two'}


def test_several_sources_and_single_files(write_files):
    folder = write_files({'a1.txt': 'one'})
    single = write_files({'a2.txt': 'two'}, 'other')
    archive = write_files({'a3.txt': 'three'}, 'more.zip')
    assert list(RawFiles([folder, f'{single}/a2.txt', archive]).named(r'(a\d)\.txt', '')) == ['a1', 'a2', 'a3']


def test_member_names_cannot_write_files(write_files, tmp_path):
    archive = write_files({'../../a1.txt': 'ignored', '/a2.txt': 'evil'}, 'slip.zip')
    before = sorted(tmp_path.rglob('*'))
    files = RawFiles([archive])
    assert [files.read(file) for _, file in files.matching(r'a\d\.txt')] == [b'evil']
    assert sorted(tmp_path.rglob('*')) == before


class TestErrors:
    def test_missing_path(self, tmp_path):
        with pytest.raises(RawDataError, match='nowhere does not exist; give the folder or zip archive'):
            RawFiles([tmp_path / 'nowhere'])

    def test_no_matching_file(self, write_files):
        with pytest.raises(RawDataError, match='no aX.mat in .*raw; it contains zip archives'):
            RawFiles([write_files({'set.zip': 'x'})]).named(r'(a\d)\.mat', 'aX.mat')

    def test_duplicate_name(self, write_files):
        sources = [write_files({'a1.txt': 'one'}), write_files({'a1.txt': 'one'}, 'same.zip')]
        with pytest.raises(RawDataError, match='a1 exists twice: .*raw/a1.txt and .*same.zip!a1.txt'):
            RawFiles(sources).named(r'(a\d)\.txt', '')

    @pytest.mark.parametrize('where', ['raw', 'raw.zip'])
    def test_empty_file(self, write_files, where):
        self.check(write_files({'a1.txt': ''}, where), 'a1.txt is empty')

    @pytest.mark.parametrize('where', ['raw', 'raw.zip'])
    def test_excessive_size(self, write_files, where, monkeypatch):
        monkeypatch.setattr(raw_files, 'MAX_BYTES', 100)
        self.check(write_files({'a1.txt': b'0' * 101}, where), 'a1.txt claims to hold 101 bytes')

    def test_member_larger_than_declared(self, write_files):
        archive = write_files({'a1.txt': b'0' * 1000}, 'lies.zip')
        with open(archive, 'r+b') as file:
            content = file.read()
            directory = content.index(b'PK\x01\x02')
            file.seek(directory + 24)
            file.write((10).to_bytes(4, 'little'))
        self.check(archive, 'lies.zip!a1.txt cannot be read: Bad CRC-32')

    def test_damaged_member(self, write_files):
        archive = write_files({'a1.txt': bytes(range(256)) * 9}, 'damaged.zip')
        with open(archive, 'r+b') as file:
            file.seek(60)
            file.write(b'\xff' * 30)
        self.check(archive, 'damaged.zip!a1.txt cannot be read')

    def test_encrypted_member(self, write_files):
        archive = write_files({'a1.txt': 'one'}, 'locked.zip')
        with open(archive, 'r+b') as file:
            content = file.read()
            for offset in (6, content.index(b'PK\x01\x02') + 8):
                file.seek(offset)
                file.write(b'\x01')
        self.check(archive, 'locked.zip!a1.txt cannot be read: .*encrypted')

    def test_broken_archive(self, write_files):
        with pytest.raises(RawDataError, match='broken.zip is not a readable zip archive'):
            RawFiles([write_files({'broken.zip': 'PK'}) + '/broken.zip'])

    @staticmethod
    def check(path, message):
        files = RawFiles([path])
        ((_, file),) = files.matching(r'a1\.txt')
        with pytest.raises(RawDataError, match=message):
            files.read(file)


def test_each_process_opens_archives_itself(write_files, monkeypatch):
    files = RawFiles([write_files({'a1.txt': 'one'}, 'raw.zip')])
    ((_, file),) = files.matching('a1.txt')
    files.read(file)
    monkeypatch.setattr('os.getpid', lambda: -1)
    files.read(file)
    first, second = files._archives.values()
    assert isinstance(first, zipfile.ZipFile) and first is not second


def test_messages_are_bounded():
    assert str(RawDataError('a.bvh: no joint')) == 'a.bvh: no joint'
    assert len(str(RawDataError('x' * 10**6))) < 3010
