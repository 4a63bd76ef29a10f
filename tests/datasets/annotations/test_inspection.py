"""An inspection counts what is there and names what is wrong, in annotation files and in stores."""

import pickle

import numpy as np
import pytest

from mamp_plugin.datasets.annotations.inspection import inspect_source, open_source
from mamp_plugin.datasets.annotations.inspection_report import report
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
    def inspect(content, store=False):
        if store:
            write_store(content, tmp_path / 'x.store')
            return inspect_source(open_source(str(tmp_path / 'x.store')))
        (tmp_path / 'x.pkl').write_bytes(pickle.dumps(content))
        return inspect_source(open_source(str(tmp_path / 'x.pkl')))

    return inspect


@pytest.mark.parametrize('store', [False, True])
def test_what_is_there(inspected, store):
    content = healthy()
    content['annotations'][2]['keypoint'][:, 3:5] = 0
    content['annotations'][2]['keypoint'][1] = 0
    content['annotations'][0]['keypoint'][0, 0, 0] = (-5, 0.5, 7)
    findings = inspected(content, store)
    assert findings.lengths == [4, 6, 9] and findings.persons == [1, 1, 1] and findings.empty_frames == 2
    assert findings.skeleton == (25, 3) and findings.layout is LAYOUTS['nturgb+d']
    assert findings.lowest[3][0] == -5 and findings.highest[3][2] == 7
    assert findings.classes['all'] == {0: 1, 1: 2} and findings.classes['xsub_train'] == {0: 1, 1: 1}
    assert findings.problems == {}
    assert findings.remarks == {'frames without anybody': ['c'], 'persons who are never there': ['c']}


@pytest.mark.parametrize('layout', LAYOUTS.values(), ids=lambda layout: layout.name)
def test_the_layout_is_recognised(inspected, layout):
    keypoint = np.ones((1, 2, layout.num_joints, layout.dims), np.float16)
    assert inspected([annotation('a', keypoint=keypoint, total_frames=2)]).layout is layout


def test_an_unknown_layout(inspected):
    findings = inspected([annotation('a', joints=7)])
    assert findings.layout is None and '7 joints with 3 coordinates, of no known layout' in report(findings)


def with_value(value):
    sick = annotation('a')
    sick['keypoint'][0, 1, 2] = value
    return sick


@pytest.mark.parametrize(
    'what, sick',
    [
        ('values that are no finite numbers', with_value(np.nan)),
        ('values that are no finite numbers', with_value(-np.inf)),
        ('nobody in any frame', annotation('a', keypoint=np.zeros((2, 4, 25, 3)))),
        ('no persons, frames, joints or coordinates', annotation('a', frames=0)),
        ('total_frames is not the number of frames', annotation('a', total_frames=5)),
        ('keypoint is no array (persons, frames, joints, coordinates)', annotation('a', keypoint=np.zeros((4, 75)))),
        ('keypoint is no array (persons, frames, joints, coordinates)', annotation('a', keypoint=[[1.0]])),
        (
            'keypoint is no array (persons, frames, joints, coordinates)',
            annotation('a', keypoint=np.full((1,) * 4, 'x')),
        ),
        ('keypoint_score is not of the shape of keypoint', annotation('a', keypoint_score=np.zeros((1, 3, 25)))),
        ('other joints or coordinates than most', annotation('a', joints=17)),
        ('label is no class from 0 up', annotation('a', label=-1)),
        ('label is no class from 0 up', annotation('a', label=1.5)),
        ('label is no class from 0 up', annotation('a', label=True)),
        ('label is no class from 0 up', annotation('a', label=None)),
        ('label is no class from 0 up', annotation('a', label=[0, -1])),
    ],
)
def test_a_sick_sequence(inspected, what, sick):
    content = healthy()
    content['annotations'][0] = sick
    assert inspected(content).problems == {what: ['a']}


class TestNamesAndSplits:
    def change(self, inspected, **splits):
        content = healthy()
        content['split'].update(splits)
        return inspected(content)

    def test_a_name_twice(self, inspected):
        content = healthy()
        content['annotations'].append(annotation('a'))
        assert inspected(content).problems == {'name stands for several sequences': ['a']}
        findings = self.change(inspected, xsub_val=['c', 'c'])
        assert findings.problems == {'name is in a split more than once': ['c in xsub_val']}

    @pytest.mark.parametrize('name', ['', ' x', 'x\n', '\x1b[2J'])
    def test_a_name_that_is_no_proper_text(self, inspected, name):
        assert inspected([annotation('a'), annotation(name)]).problems == {'name is no proper text': ['annotation 1']}

    @pytest.mark.parametrize('name', [None, 7, ['a']])
    def test_a_name_that_is_no_text(self, inspected, name):
        findings = inspected([annotation(name)])
        assert findings.problems == {'name is no proper text': ['annotation 0']}
        assert findings.names == ['annotation 0']

    @pytest.mark.parametrize('store', [False, True])
    def test_a_name_without_sequence_and_a_sequence_in_no_split(self, inspected, store):
        content = healthy()
        content['split'] = dict(train=['a', 'nowhere'], val=['b'])
        findings = inspected(content, store)
        assert findings.problems == {'name in a split stands for no sequence': ['nowhere in train']}
        assert findings.remarks == {'in no split': ['c']}

    def test_an_empty_split(self, inspected):
        assert self.change(inspected, xsub_val=[]).problems == {'split is empty': ['xsub_val']}

    def test_splits_of_a_protocol_exclude_each_other(self, inspected):
        findings = self.change(inspected, xsub_val=['c', 'b'], train1=['a'], test1=['a'], train2=['a'])
        assert findings.problems == {
            'in two splits that exclude each other': ['b in xsub_train and xsub_val', 'a in train1 and test1']
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
    def test_segments_that_do_not_fit(self, inspected, segments):
        sequence = annotation('a', frames=50, segments=segments)
        del sequence['label']
        wrong = 'segments are not rows of label, start and end within the frames'
        assert inspected([sequence]).problems[wrong] == ['a']


class TestReport:
    def test_says_everything(self, inspected):
        content = healthy()
        content['split']['xsub_val'] = ['nowhere', 'c']
        text = report(inspected(content))
        for line in (
            'sequences   3',
            'skeleton    25 joints with 3 coordinates, layout nturgb+d',
            'frames      4 to 9, median 6',
            'persons     1 in 2 sequences, 2 in 1 sequences',
            'no persons  in 0 of 19 frames',
            'classes     2, of 1 to 2, median 1.5 sequences',
            '  class      all  xsub_train  xsub_val  xview_train',
            '      1        2           1         1            2',
            'Remarks: none',
            'Problems: 1',
            '  name in a split stands for no sequence: 1 (nowhere in xsub_val)',
        ):
            assert line in text.splitlines()
        assert 'values      x 1' in text

    def test_names_a_few_examples_only(self, inspected):
        text = report(inspected([annotation(f'n{number}', label=None) for number in range(9)]))
        assert '  label is no class from 0 up: 9 (n0, n1, n2, n3, n4 and 4 more)' in text.splitlines()

    def test_keeps_control_characters_from_the_terminal(self, inspected):
        assert '\x1b' not in report(inspected([annotation('a\x1b[2J', label=None)]))
