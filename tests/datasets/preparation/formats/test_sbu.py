import numpy as np
import pytest

from mamp_plugin.datasets.preparation import RawDataError, SbuInteraction
from mamp_plugin.datasets.preparation.formats.sbu import FOLDS, metric


def text(frames=3, columns=91, end='\n'):
    rows = [[frame + 1] + [0.5] * (columns - 1) for frame in range(frames)]
    return end.join(','.join(map(str, row)) for row in rows) + end


def test_folds_labels_and_names(write_files, prepared):
    files = {f'SBU/{pair}/0{take}/001/skeleton_pos.txt': text() for fold in FOLDS for take, pair in enumerate(fold, 1)}
    split, annotations, _ = prepared(SbuInteraction([write_files(files, 'sbu.zip')]))
    assert annotations['s02s07_02_001']['label'] == 1
    assert annotations['s02s07_02_001']['keypoint'].shape == (2, 3, 15, 3)
    assert split['fold2_val'] == ['s02s03_01_001', 's02s07_02_001', 's03s05_03_001', 's05s03_04_001']
    for fold in range(1, 6):
        train, val = set(split[f'fold{fold}_train']), set(split[f'fold{fold}_val'])
        assert not train & val and len(train | val) == 21
    assert sum(len(split[f'fold{fold}_val']) for fold in range(1, 6)) == 21


def test_meters():
    # points on the optical axis, at the right edge and at the lower edge, all 2 m away
    found = metric(np.array([[0.5, 0.5, 1.5625], [1, 0.5, 1.5625], [0.5, 1, 1.5625]]))
    np.testing.assert_allclose(found, [[0, 0, 2], [640 / 575.8, 0, 2], [0, -480 / 575.8, 2]])


def test_windows_line_ends(write_files, prepared):
    files = {f's01s02/01/00{take}/skeleton_pos.txt': text(end=end) for take, end in ((1, '\n'), (2, '\r\n'))}
    _, annotations, _ = prepared(SbuInteraction([write_files(files)]))
    left, right = (sample['keypoint'] for sample in annotations.values())
    np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize(
    'name, content, message',
    [
        ('s01s02/01/001', text(columns=88), 'skeleton_pos.txt:1: expected 91 values, found 88'),
        ('s01s02/01/001', text()[:-50], 'skeleton_pos.txt:3: expected 91 values, found'),
        ('s01s02/01/001', text().replace('3,0.5', '3,O.5'), "skeleton_pos.txt:3: 'O.5' is not a finite number"),
        ('s01s02/01/001', text().replace('2,0.5', '2,NaN'), "skeleton_pos.txt:2: 'NaN' is not a finite number"),
        ('s01s02/01/001', '', 'skeleton_pos.txt is empty'),
        ('s01s02/09/001', text(), 'label 8 .* is not one of the 8 classes'),
        ('s01s09/01/001', text(), 'expected folders PAIR/ACTION/TAKE'),
        ('001', text(), 'expected folders PAIR/ACTION/TAKE'),
    ],
)
def test_bad_files(write_files, prepared, name, content, message):
    with pytest.raises(RawDataError, match=message):
        prepared(SbuInteraction([write_files({f'{name}/skeleton_pos.txt': content})]))


def test_real_data(real_data, prepared):
    split, annotations, text = prepared(SbuInteraction([real_data('sbu.zip')]))
    assert [len(split[f'fold{fold}_val']) for fold in range(1, 6)] == [55, 52, 56, 54, 65]
    assert len(annotations) == 282 and 'complete' not in text
    lengths = [sample['total_frames'] for sample in annotations.values()]
    assert (min(lengths), max(lengths)) == (10, 46)
    poses = np.concatenate([sample['keypoint'].reshape(-1, 15, 3) for sample in annotations.values()])
    thigh = np.median(np.linalg.norm(poses[:, 9] - poses[:, 10], axis=-1))
    assert 0.3 < thigh < 0.5  # meters
    assert np.median(poses[:, 0, 1]) > np.median(poses[:, 11, 1])  # heads are above feet
