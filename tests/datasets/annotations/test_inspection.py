"""Inspection of annotation files and stores."""

import pickle

import numpy as np
import pytest

from mamp_plugin.datasets.annotations.inspection import inspect_source
from mamp_plugin.datasets.annotations.inspection_report import report
from mamp_plugin.datasets.annotations.source import open_source
from mamp_plugin.datasets.annotations.store import write_store
from mamp_plugin.skeletons import LAYOUTS


def annotation(name, label=0, persons=1, frames=4, joints=25, **more):
    keypoint = np.random.uniform(1, 2, (persons, frames, joints, 3)).astype(np.float32)
    return {**dict(frame_dir=name, label=label, total_frames=frames, keypoint=keypoint), **more}


def healthy():
    annotations = [annotation('a', 0), annotation('b', 1, frames=6), annotation('c', 1, persons=2, frames=9)]
    return dict(split=dict(xsub_train=['a', 'b'], xsub_val=['c'], xview_train=['c', 'a', 'b']), annotations=annotations)


@pytest.fixture()
def inspected(tmp_path):
    def inspect(content, store=False, layout=None):
        if store:
            write_store(content, tmp_path / 'x.store')
            return inspect_source(open_source(str(tmp_path / 'x.store')), layout=layout)
        (tmp_path / 'x.pkl').write_bytes(pickle.dumps(content))
        return inspect_source(open_source(str(tmp_path / 'x.pkl')), layout=layout)

    return inspect


@pytest.mark.parametrize('store', [False, True])
def test_healthy_content(inspected, store):
    content = healthy()
    content['annotations'][2]['keypoint'][:, 3:5] = 0
    content['annotations'][2]['keypoint'][1] = 0
    content['annotations'][0]['keypoint'][0, 0, 0] = (-5, 0.5, 7)
    findings = inspected(content, store)
    assert findings.lengths == [4, 6, 9] and findings.persons == [1, 1, 1] and findings.empty_frames == 2
    assert findings.skeleton == (25, 3) and findings.layouts == [LAYOUTS['nturgb+d'], LAYOUTS['body_25']]
    assert findings.lowest[3][0] == -5 and findings.highest[3][2] == 7
    assert findings.classes['all'] == {0: 1, 1: 2} and findings.classes['xsub_train'] == {0: 1, 1: 1}
    assert findings.problems == {}
    assert findings.remarks == {'frames without persons': ['c'], 'persons without any frame': ['c']}


def test_layouts_are_recognized_and_never_guessed(inspected):
    for layout in LAYOUTS.values():
        keypoint = np.ones((1, 2, layout.num_joints, layout.dims), np.float16)
        content = [annotation('a', keypoint=keypoint, total_frames=2)]
        assert layout in inspected(content).layouts
        assert inspected(content, layout=layout.name).layouts == [layout]
    assert '17 joints with 3 coordinates, layout coco or h36m' in report(inspected([annotation('a', joints=17)]))
    findings = inspected([annotation('a', joints=7)])
    assert findings.layouts == [] and '7 joints with 3 coordinates, no known layout' in report(findings)


def test_another_layout_is_refused(inspected):
    with pytest.raises(ValueError, match="most of the data has 25 joints, but layout 'sbu' has 15; choose .*: nturgb"):
        inspected(healthy(), layout='sbu')
    with pytest.raises(
        ValueError, match='has 7 joints, but .* layout of the data: none of the known ones; register it'
    ):
        inspected([annotation('a', joints=7)], layout='sbu')


def with_value(value):
    defective = annotation('a')
    defective['keypoint'][0, 1, 2] = value
    return defective


@pytest.mark.parametrize(
    'problem, defective',
    [
        ('NaN or infinite values', with_value(np.nan)),
        ('NaN or infinite values', with_value(-np.inf)),
        ('values beyond any unit', with_value(1e30)),
        ('no person in any frame', annotation('a', keypoint=np.zeros((2, 4, 25, 3)))),
        ('no persons, frames, joints or coordinates', annotation('a', frames=0)),
        ('total_frames is not the number of frames', annotation('a', total_frames=5)),
        ('keypoint is no array (persons, frames, joints, coordinates)', annotation('a', keypoint=np.zeros((4, 75)))),
        ('keypoint is no array (persons, frames, joints, coordinates)', annotation('a', keypoint=[[1.0]])),
        (
            'keypoint is no array (persons, frames, joints, coordinates)',
            annotation('a', keypoint=np.full((1,) * 4, 'x')),
        ),
        ('keypoint_score does not match the shape of keypoint', annotation('a', keypoint_score=np.zeros((1, 3, 25)))),
        ('other joints or coordinates than most', annotation('a', joints=17)),
        ('label is no class number from 0', annotation('a', label=-1)),
        ('label is no class number from 0', annotation('a', label=1.5)),
        ('label is no class number from 0', annotation('a', label=True)),
        ('label is no class number from 0', annotation('a', label=None)),
        ('label is no class number from 0', annotation('a', label=[0, -1])),
    ],
)
def test_a_defective_sequence(inspected, problem, defective):
    content = healthy()
    content['annotations'][0] = defective
    assert inspected(content).problems == {problem: ['a']}


class TestNamesAndSplits:
    def change(self, inspected, **splits):
        content = healthy()
        content['split'].update(splits)
        return inspected(content)

    def test_a_name_twice(self, inspected):
        content = healthy()
        content['annotations'].append(annotation('a'))
        assert inspected(content).problems == {'name of several sequences': ['a']}
        findings = self.change(inspected, xsub_val=['c', 'c'])
        assert findings.problems == {'name more than once in a split': ['c in xsub_val']}

    @pytest.mark.parametrize('name', ['', ' x', 'x\n', '\x1b[2J'])
    def test_a_name_that_is_not_printable(self, inspected, name):
        assert inspected([annotation('a'), annotation(name)]).problems == {
            'name is no printable string': ['annotation 1']
        }

    @pytest.mark.parametrize('name', [None, 7, ['a']])
    def test_a_name_that_is_no_string(self, inspected, name):
        findings = inspected([annotation(name)])
        assert findings.problems == {'name is no printable string': ['annotation 0']}
        assert findings.names == ['annotation 0']

    @pytest.mark.parametrize('store', [False, True])
    def test_a_name_without_sequence_and_a_sequence_in_no_split(self, inspected, store):
        content = healthy()
        content['split'] = dict(train=['a', 'nowhere'], val=['b'])
        findings = inspected(content, store)
        assert findings.problems == {'name in a split without a sequence': ['nowhere in train']}
        assert findings.remarks == {'in no split': ['c']}

    def test_an_empty_split(self, inspected):
        assert self.change(inspected, xsub_val=[]).problems == {'split is empty': ['xsub_val']}

    def test_splits_of_a_protocol_must_be_disjoint(self, inspected):
        findings = self.change(inspected, xsub_val=['c', 'b'], train1=['a'], test1=['a'], train2=['a'])
        assert findings.problems == {
            'in two splits that must be disjoint': ['b in xsub_train and xsub_val', 'a in train1 and test1']
        }

    def test_no_annotations(self, inspected):
        findings = inspected([])
        assert findings.problems == {'no annotations': ['the file']}
        assert 'sequences   0' in report(findings)


class TestUntrimmed:
    @pytest.mark.parametrize('kind', [np.array, list])
    def test_classes_are_those_of_the_segments(self, inspected, kind):
        long = annotation('a', frames=50, segments=kind([[3, 0, 10], [5, 10, 20], [3, 30, 50]]))
        empty = annotation('b', frames=50, segments=kind([]))
        for sequence in (long, empty):
            del sequence['label']
        findings = inspected([long, empty])
        assert findings.labels == [[3, 5, 3], []] and findings.classes['all'] == {3: 1, 5: 1}
        assert findings.problems == {}

    @pytest.mark.parametrize('segments', [[[0, 5, 5]], [[0, -1, 5]], [[0, 40, 51]], [[0, 1]], 'x', [[0, 2**70, 3]]])
    def test_bad_segments(self, inspected, segments):
        sequence = annotation('a', frames=50, segments=segments)
        del sequence['label']
        wrong = 'segments are no rows of label, start and end within the frames'
        assert inspected([sequence]).problems[wrong] == ['a']


class TestReport:
    def test_all_findings(self, inspected):
        content = healthy()
        content['split']['xsub_val'] = ['nowhere', 'c']
        text = report(inspected(content))
        for line in (
            'sequences   3',
            'skeleton    25 joints with 3 coordinates, layout nturgb+d or body_25',
            'frames      4 to 9, median 6',
            'persons     1 in 2 sequences, 2 in 1 sequences',
            'no persons  in 0 of 19 frames',
            'classes     2, of 1 to 2, median 1.5 sequences',
            '  class      all  xsub_train  xsub_val  xview_train',
            '      1        2           1         1            2',
            'Remarks: none',
            'Problems: 1',
            '  name in a split without a sequence: 1 (nowhere in xsub_val)',
        ):
            assert line in text.splitlines()
        assert 'values      x 1' in text

    def test_only_a_few_examples_are_named(self, inspected):
        text = report(inspected([annotation(f'n{number}', label=None) for number in range(9)]))
        assert '  label is no class number from 0: 9 (n0, n1, n2, n3, n4 and 4 more)' in text.splitlines()

    def test_control_characters_are_escaped(self, inspected):
        assert '\x1b' not in report(inspected([annotation('a\x1b[2J', label=None)]))
