"""Annotation files and stores behind one interface."""

import pickle

import numpy as np
import pytest

from mamp_plugin.datasets.annotations.source import open_source
from mamp_plugin.datasets.annotations.store import write_store


@pytest.fixture()
def sources(tmp_path):
    annotations = [
        dict(frame_dir=name, keypoint=np.full((1, frames, 17, 2), float(frames)), label=frames)
        for frames, name in enumerate('cabd', start=1)
    ]
    content = dict(split=dict(train=['b', 'c', 'nowhere'], none=[]), annotations=annotations)
    (tmp_path / 'x.pkl').write_bytes(pickle.dumps(content))
    write_store(content, tmp_path / 'x.store')
    return [open_source(str(tmp_path / name)) for name in ('x.pkl', 'x.store')]


def test_both_read_the_same(sources):
    for source in sources:
        assert len(source) == 4
        assert {split: sorted(names) for split, names in source.split_names().items()} == dict(
            train=['b', 'c', 'nowhere'], none=[]
        )
        assert source.rows().tolist() == [0, 1, 2, 3]
        rows = source.rows('train')
        assert rows.tolist() == [0, 2]
        assert source.shapes(rows).tolist() == [[1, 1, 17, 2], [1, 3, 17, 2]]
        assert [annotation['label'] for annotation in source.select(rows)] == [1, 3]
        assert (source.annotation(3)['keypoint'] == 4).all()


def test_both_name_what_is_missing(sources):
    for source in sources:
        with pytest.raises(ValueError, match="split 'val' is not in annotation file .*x.*; it has train, none"):
            source.rows('val')
        with pytest.raises(ValueError, match="split 'none' of annotation file .* is empty"):
            source.rows('none')
