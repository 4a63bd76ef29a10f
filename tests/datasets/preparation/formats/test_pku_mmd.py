import numpy as np
import pytest

from mamp_plugin.datasets import UntrimmedSkeletonDataset
from mamp_plugin.datasets.preparation import Pku1, Pku1Untrimmed, Pku2, RawDataError, prepare
from mamp_plugin.datasets.preparation.raw_files import RawFiles

LISTS = {
    'Split/cross-subject.txt': 'Training videos: \n0002-L, 0002-M, \n\nValidataion videos:\r\n0003-R',
    'Split/cross-view.txt': 'Training videos:\n0002-M, 0003-R\nValidation videos:\n0002-L\n',
}
LABELS = '1,2,5,2\n51,5,8,1\n'


def skeleton(frames=10, persons=1):
    """Return skeletons with the frame number in every coordinate of present persons."""
    rows = [[frame + 1] * 75 * persons + [0] * 75 * (2 - persons) for frame in range(frames)]
    return '\n'.join(' '.join(f'{value:.6f}' for value in row) for row in rows) + '\n'


def videos(*names, labels=LABELS, **kwargs):
    files = {f'PKU_Skeleton_Renew/{name}.txt': skeleton(**kwargs) for name in names}
    return {**files, **{f'Train_Label_PKU_final/{name}.txt': labels for name in names}}


@pytest.mark.parametrize('where', ['raw', 'raw.zip'])
def test_actions_are_cut_out(write_files, prepared, where):
    split, annotations, text = prepared(Pku1([write_files({**videos('0002-L', '0002-M', '0003-R'), **LISTS}, where)]))
    assert split['xsub_train'] == ['0002-L_000', '0002-L_001', '0002-M_000', '0002-M_001']
    assert split['xsub_val'] == split['xview_train'][2:] == ['0003-R_000', '0003-R_001']
    assert split['xview_val'] == ['0002-L_000', '0002-L_001']
    first, second = annotations['0002-L_000'], annotations['0002-L_001']
    assert (first['label'], first['total_frames'], second['label']) == (0, 3, 50)
    assert first['keypoint'].shape == (1, 3, 25, 3) and first['keypoint'].dtype == np.float32
    assert first['keypoint'][0, :, 0, 0].tolist() == [3, 4, 5]
    assert second['keypoint'][0, :, 0, 0].tolist() == [6, 7, 8]
    assert 'lists' not in text


def test_two_persons_and_their_order(write_files, prepared):
    rows = np.arange(10 * 150).reshape(10, 150)
    table = '\r\n'.join(' '.join(map(str, row)) for row in rows)
    files = {**videos('0002-L', '0003-R'), **LISTS, 'PKU_Skeleton_Renew/0002-L.txt': table}
    _, annotations, _ = prepared(Pku1([write_files(files)]))
    np.testing.assert_array_equal(
        annotations['0002-L_000']['keypoint'], rows[2:5].reshape(3, 2, 25, 3).transpose(1, 0, 2, 3)
    )


def test_whole_videos_with_segments(write_files, prepared):
    files = {**videos('0002-L', '0003-R', labels='1,2,5,2\n51,5,80,1\n7,10,12,2\n', persons=2), **LISTS}
    split, annotations, text = prepared(Pku1Untrimmed([write_files(files)]))
    assert split['xsub_train'] == ['0002-L'] and split['xsub_val'] == ['0003-R']
    sample = annotations['0002-L']
    assert sample['keypoint'].shape == (2, 10, 25, 3) and 'label' not in sample
    assert sample['segments'].tolist() == [[0, 2, 5], [50, 5, 10]] and sample['segments'].dtype == np.int64
    assert 'an action ends after the last frame, cut there: 2\n    0002-L 0003-R' in text
    assert 'an action starts after the last frame, left out: 2' in text


def test_untrimmed_dataset_reads_whole_videos(write_files, tmp_path):
    out = str(tmp_path / 'pku1_untrimmed.pkl')
    prepare(Pku1Untrimmed([write_files({**videos('0002-L', '0003-R'), **LISTS})]), out, workers=1)
    data = UntrimmedSkeletonDataset(
        out, pipeline=[], layout='nturgb+d', split='xsub_val', num_classes=51, window=10, stride=10
    )
    assert data[0]['frame_labels'].tolist() == [51, 51, 0, 0, 0, 50, 50, 50, 51, 51]


def test_actions_beyond_the_video_and_without_persons(write_files, prepared):
    files = {**videos('0002-L', labels='1,2,50,2\n2,10,12,2\n'), **LISTS}
    files.update({f'{kind}/0003-R.txt': text for kind, text in (('a', skeleton(persons=0)), ('b', LABELS))})
    _, annotations, text = prepared(Pku1([write_files(files)]))
    assert list(annotations) == ['0002-L_000'] and annotations['0002-L_000']['total_frames'] == 8
    assert 'ends after the last frame of the video, cut there: 1\n    0002-L_000' in text
    assert 'starts after the last frame of the video: 1\n    0002-L_001' in text
    assert 'no person in any frame: 2\n    0003-R_000 0003-R_001' in text


def test_mismatches_are_noted(write_files, prepared):
    files = {**videos('0002-L', '0003-R', '0009-M'), **LISTS}
    del files['PKU_Skeleton_Renew/0003-R.txt']
    files['PKU_Skeleton_Renew/0004-R.txt'] = skeleton()
    split, annotations, text = prepared(Pku1([write_files(files)]))
    assert split['xsub_val'] == [] and len(annotations) == 4
    assert 'skeletons without labels, not read: 1 (0004-R)' in text
    assert 'labels without skeletons, not read: 1 (0003-R)' in text
    assert 'listed for xsub, but without skeleton or labels: 2 (0002-M, 0003-R)' in text
    assert 'not listed for xview, in none of its splits: 1 (0009-M)' in text


def test_names_of_the_second_part(write_files, prepared):
    names = 'A01N02-L', 'A22N13-R'
    lists = {'cross_subject_v2.txt': f'Training videos:\n{names[0]}\nValidation videos:\n{names[1]}'}
    split, _, _ = prepared(Pku2([write_files({**videos(*names), **lists})]))
    assert split == dict(
        xsub_train=[f'{names[0]}_000', f'{names[0]}_001'], xsub_val=[f'{names[1]}_000', f'{names[1]}_001']
    )


@pytest.mark.parametrize(
    'file, content, message',
    [
        ('PKU_Skeleton_Renew/0002-L.txt', skeleton()[:-9], r'Renew/0002-L.txt:10: expected 150 values, found 149'),
        ('PKU_Skeleton_Renew/0002-L.txt', '1.0 ' * 144, r'0002-L.txt:1: expected 150 values, found 144'),
        ('PKU_Skeleton_Renew/0002-L.txt', skeleton().replace('4.0', '4.o'), "0002-L.txt:4: '4.o00000' is not a finite"),
        ('PKU_Skeleton_Renew/0002-L.txt', skeleton().replace('4.000000', 'nan'), "0002-L.txt:4: 'nan' is not a finite"),
        ('PKU_Skeleton_Renew/0002-L.txt', '', '0002-L.txt is empty'),
        ('Train_Label_PKU_final/0002-L.txt', '1,2,5\n52,2,5,1', 'final/0002-L.txt:2: label 51 .* is not one of the 51'),
        ('Train_Label_PKU_final/0002-L.txt', '0,2,5,1', '0002-L.txt:1: label -1 .* is not one of the 51 classes'),
        ('Train_Label_PKU_final/0002-L.txt', '1,2,5,1\n\n1,2\n', '0002-L.txt:3: expected class,start,end,confidence'),
        ('Train_Label_PKU_final/0002-L.txt', '1,5,5,1', '0002-L.txt:1: expected integers class,start,end'),
        ('Train_Label_PKU_final/0002-L.txt', '1,-1,5,1', '0002-L.txt:1: expected integers class,start,end'),
        ('Train_Label_PKU_final/0002-L.txt', '1,2.5,5,1', '0002-L.txt:1: expected integers class,start,end'),
        ('Train_Label_PKU_final/0002-L.txt', '1,x,5,1', "0002-L.txt:1: 'x' is not a finite number"),
        ('Split/cross-subject.txt', '0002-L', 'cross-subject.txt:1: expected a line "Training videos:"'),
        (
            'Split/cross-subject.txt',
            'Training videos:\n0002-L',
            'expected names after .* and after "Validation videos:"',
        ),
        ('Split/cross-view.txt', 'Training videos: 0002-L\nTest videos: 0002-L', 'view.txt:2: 0002-L is in both lists'),
        ('other/0002-L.txt', skeleton(), '0002-L exists twice: .*/0002-L.txt and'),
    ],
)
def test_bad_files(write_files, prepared, file, content, message):
    with pytest.raises(RawDataError, match=message):
        prepared(Pku1([write_files({**videos('0002-L', '0003-R'), **LISTS, file: content})]))


def test_missing_parts(write_files, prepared):
    with pytest.raises(RawDataError, match=r'no cross-subject list of videos \(cross-subject.txt\) in .*raw'):
        Pku1([write_files(videos('0002-L'))])
    only_labels = {name: text for name, text in videos('0002-L').items() if 'Label' in name}
    with pytest.raises(
        RawDataError, match='no video has both skeleton and labels in .*: found 0 skeletons and 1 labels'
    ):
        prepared(Pku1([write_files({**only_labels, **LISTS}, 'labels.zip')]))


def test_only_the_head_of_a_file_is_read_to_tell_labels(write_files, monkeypatch):
    raw = write_files({**videos('0002-L'), **LISTS}, 'raw.zip')
    preparation = Pku1([raw])
    monkeypatch.setattr(RawFiles, 'read', None)
    assert len(preparation.items()) == 1
