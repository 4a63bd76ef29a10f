"""Fixtures of the preparation tests."""

import os
import zipfile
from pathlib import Path

import pytest

from mamp_plugin.datasets.annotations.safe_pickle import load_annotations
from mamp_plugin.datasets.preparation import RawDataError, prepare
from mamp_plugin.datasets.preparation.recording import Content
from mamp_plugin.skeletons import get_layout
from mamp_plugin.skeletons.description import parse_layout


@pytest.fixture()
def real_data():
    """Find a file of the real data in the folder MAMP_DATA, by default ../shared/data beside the checkout."""
    folder = Path(os.environ.get('MAMP_DATA') or Path(__file__).parents[3].parent / 'shared' / 'data')

    def find(name):
        if not (folder / name).exists():
            pytest.skip(f'{name} is not in {folder}; MAMP_DATA names another folder')
        return str(folder / name)

    return find


@pytest.fixture()
def write_files(tmp_path):
    """Write files given by name into a folder or, if its name ends in .zip, an archive."""

    def write(files, where='raw'):
        path = tmp_path / where
        if path.suffix == '.zip':
            with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
                for name, content in files.items():
                    archive.writestr(name, content)
            return str(path)
        for name, content in files.items():
            file = path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return write


@pytest.fixture()
def prepared(tmp_path):
    """Prepare a data set; return the written splits and annotations by name, and the summary."""

    def run(preparation, **options):
        out = tmp_path / 'out' / 'data.pkl'
        text = prepare(preparation, str(out), **{'workers': 1, **options})
        content = load_annotations(str(out))
        assert [file.name for file in out.parent.iterdir()] == ['data.pkl']
        return content['split'], {sample['frame_dir']: sample for sample in content['annotations']}, text

    return run


@pytest.fixture()
def skeleton_text():
    """Write the text of a ``.skeleton`` file; a frame is a list of ``(body id, joints (V, 3))``."""

    def write(frames, end='\n'):
        lines = [len(frames)]
        for bodies in frames:
            lines.append(len(bodies))
            for body_id, joints in bodies:
                lines += [f'{body_id} 0 1 1 0 0 0 0.1023 -0.3021 2', len(joints)]
                lines += [f'{x:.7g} {y:.7g} {z:.7g} 277.4 nan 1036 519.2 -0.2 .04 1e-5 -0.12 2' for x, y, z in joints]
        return end.join(map(str, lines)) + end

    return write


@pytest.fixture()
def recordings():
    """Read the recordings in the content of a file, text or bytes; a dict of a layout is not registered."""

    def read(file_format, content, layout=None):
        content = content.encode() if isinstance(content, str) else content
        layout = parse_layout(layout) if isinstance(layout, dict) else layout and get_layout(layout)
        return file_format().read([Content(content, 'file')], layout)

    return read


@pytest.fixture()
def refused(recordings):
    """Check that the content of a file is an error of one line that begins with a regular expression."""

    def check(message, file_format, content, layout=None):
        with pytest.raises(RawDataError, match=f'^{message}') as error:
            recordings(file_format, content, layout)
        assert '\n' not in str(error.value)

    return check
