import numpy as np
import pytest

from mamp_plugin.datasets.preparation import Ntu60, Ntu120, RawDataError


@pytest.fixture()
def text(skeleton_text):
    joints = np.random.default_rng(0).normal(size=(14, 25, 3))
    return skeleton_text([[(72057594037944737, frame)] for frame in joints])


def named(text, *names):
    return {f'nturgb+d_skeletons/{name}.skeleton': text for name in names}


NAMES = 'S001C001P001R001A001', 'S017C002P003R002A060', 'S018C003P103R001A120', 'S032C001P106R002A061'


def test_splits_of_60(write_files, prepared, text):
    split, annotations, summary = prepared(Ntu60([write_files(named(text, *NAMES), 's001_to_s017.zip')]))
    assert split == dict(xsub_train=[NAMES[0]], xsub_val=[NAMES[1]], xview_train=[NAMES[1]], xview_val=[NAMES[0]])
    assert [sample['label'] for sample in annotations.values()] == [0, 59]
    assert annotations[NAMES[0]]['keypoint'].shape == (1, 14, 25, 3)
    assert '2 files of setups above 17, not read' in summary
    assert 'xsub_train           1  (complete: 40091)' in summary


def test_splits_of_120_from_two_archives(write_files, prepared, text):
    archives = [write_files(named(text, *NAMES[:2]), 'one.zip'), write_files(named(text, *NAMES[2:]), 'two.zip')]
    split, annotations, _ = prepared(Ntu120(archives))
    assert split['xsub_train'] == [NAMES[0], NAMES[2]] and split['xsub_val'] == [NAMES[1], NAMES[3]]
    assert split['xset_train'] == [NAMES[2], NAMES[3]] and split['xset_val'] == [NAMES[0], NAMES[1]]
    assert [sample['label'] for sample in annotations.values()] == [0, 59, 119, 60]


def test_training_persons():
    annotations = [dict(frame_dir=f'S001C001P{person:03}R001A001') for person in range(1, 107)]
    split = Ntu120.splits(None, annotations)['xsub_train']
    assert len(split) == 53
    assert len([name for name in split if int(name[9:12]) <= 40]) == 20


@pytest.mark.parametrize('denoise', ['mamp', 'energy'])
def test_missing_skeletons_are_left_out_by_name(write_files, prepared, text, denoise):
    files = {**named(text, NAMES[0]), **named('3\n0\n0\n0\n', NAMES[1]), **named('0\n', 'S002C002P003R002A002')}
    split, annotations, summary = prepared(Ntu60([write_files(files)], denoise=denoise))
    assert list(annotations) == [NAMES[0]] and split['xsub_val'] == []
    assert 'left out             2' in summary
    assert f'no skeleton: 2\n    {" ".join(sorted([NAMES[1], "S002C002P003R002A002"]))}' in summary


def test_only_noise_is_left_out(write_files, prepared, skeleton_text, text):
    joints = np.random.default_rng(0).normal(size=(8, 25, 3))
    noise = skeleton_text([[(1, frame)] for frame in joints[:4]] + [[(2, frame)] for frame in joints[4:]])
    _, annotations, summary = prepared(Ntu60([write_files({**named(text, NAMES[0]), **named(noise, NAMES[1])})]))
    assert list(annotations) == [NAMES[0]]
    assert f'no usable skeleton: 1\n    {NAMES[1]}' in summary


def test_denoise_options_select_different_persons(write_files, prepared, skeleton_text):
    draw = np.random.default_rng(0)
    person, sofa = draw.normal(0, [0.1, 0.5, 0.1], (20, 25, 3)), draw.normal(0, [3, 0.1, 0.1], (20, 25, 3))
    frames = [[], *([(1, one), (2, two)] for one, two in zip(sofa, person))]
    raw = [write_files(named(skeleton_text(frames), NAMES[0]))]
    _, annotations, _ = prepared(Ntu60(raw))
    assert annotations[NAMES[0]]['keypoint'].shape == (1, 20, 25, 3)
    np.testing.assert_allclose(annotations[NAMES[0]]['keypoint'][0], person, rtol=1e-5)
    _, annotations, _ = prepared(Ntu60(raw, denoise='energy'))
    assert annotations[NAMES[0]]['keypoint'].shape == (2, 21, 25, 3)
    np.testing.assert_allclose(annotations[NAMES[0]]['keypoint'][0, 1:], sofa, rtol=1e-5)


def test_listed_names_are_left_out(write_files, prepared, text, tmp_path):
    (tmp_path / 'missing.txt').write_text(f'302 samples have missing skeletons:\n{NAMES[1]}\n')
    raw = [write_files(named(text, *NAMES[:2]))]
    _, annotations, summary = prepared(Ntu60(raw, leave_out=str(tmp_path / 'missing.txt')))
    assert list(annotations) == [NAMES[0]]
    assert f'listed to be left out: 1\n    {NAMES[1]}' in summary


def test_lines_after_the_last_frame_are_remarked(write_files, prepared, text):
    _, _, summary = prepared(Ntu60([write_files(named(text + '0\n', NAMES[0]))]))
    assert f'lines after the last frame, not read: 1\n    {NAMES[0]}' in summary


@pytest.mark.parametrize(
    'name, change, message',
    [
        (NAMES[0], lambda text: text[:2000], r'A001.skeleton:\d+: '),
        (NAMES[0], lambda text: text.replace('\n25\n', '\n24\n'), 'A001.skeleton:4: expected 25 joints, found 24'),
        (NAMES[0], lambda text: '', 'A001.skeleton is empty'),
        ('S001C001P001R001A061', lambda text: text, r'A061.skeleton: label 60 .* is not one of the 60 classes'),
    ],
)
@pytest.mark.parametrize('where', ['raw', 'raw.zip'])
def test_bad_files(write_files, prepared, text, tmp_path, where, name, change, message):
    raw = write_files({**named(change(text), name), **named(text, NAMES[1])}, where)
    with pytest.raises(RawDataError, match=message):
        prepared(Ntu60([raw]))
    assert not (tmp_path / 'out' / 'data.pkl').exists()
