"""Layouts of the user as dicts and JSON files."""

import json

import pytest

from mamp_plugin.skeletons import LAYOUTS
from mamp_plugin.skeletons.description import describe_layout, parse_layout, read_layout

OWN = dict(
    name='own',
    joints=['pelvis', 'neck', 'left_hand', 'right_hand', 'left_marker', 'right_marker'],
    parents=['pelvis', 'pelvis', 'neck', 'neck', 'pelvis', 'pelvis'],
    center='neck',
    spine=['pelvis', ['neck']],
    shoulders=[['left_hand', 'left_marker'], 'right_hand'],
    parts=dict(left_leg=['left_marker'], right_leg=['right_marker']),
    dims=2,
)


def test_joints_stand_by_their_names():
    layout = parse_layout(OWN)
    assert layout.parents == (0, 0, 1, 1, 0, 0) and (layout.center, layout.dims) == (1, 2)
    assert (layout.spine, layout.shoulders) == (((0,), (1,)), ((2, 4), (3,)))
    assert layout.parts == dict(trunk=(0, 1), left_arm=(2,), right_arm=(3,), left_leg=(4,), right_leg=(5,))


def test_bones_instead_of_parents():
    bones = [('neck', 'pelvis'), ('left_hand', 'neck'), ('right_hand', 'neck')]
    bones += [('left_marker', 'pelvis'), ('right_marker', 'pelvis')]
    content = dict(OWN, bones=bones)
    del content['parents']
    assert parse_layout(content) == parse_layout(OWN)


@pytest.mark.parametrize('layout', [*LAYOUTS.values(), parse_layout(OWN)], ids=lambda layout: layout.name)
def test_a_layout_is_what_its_description_says(layout):
    description = json.loads(json.dumps(describe_layout(layout)))
    assert parse_layout(description) == layout
    description['parts'] = dict(reversed(description.get('parts', {}).items()))
    assert parse_layout(description) == layout


BROKEN = [
    (dict(colour='red'), "has the unknown key 'colour'; the keys are name, joints"),
    (dict(center=None), "key 'center': None is no joint; the joints are pelvis, neck"),
    (dict(center='head'), "key 'center': 'head' is no joint; the joints are pelvis, neck"),
    (dict(spine=['pelvis']), "key 'spine': expected two ends, each a joint or a list of joints, found"),
    (dict(spine=['pelvis', []]), "key 'spine': expected two ends"),
    (dict(shoulders=['left_hand', 'rigth_hand']), "key 'shoulders': 'rigth_hand' is no joint"),
    (dict(joints='pelvis'), "key 'joints': expected a list of joint names, found 'pelvis'"),
    (dict(joints=[*OWN['joints'][:-1], 3]), "key 'joints': expected a list of joint names"),
    (dict(joints=[*OWN['joints'], 'neck']), "names a joint twice: 'neck'"),
    (dict(joints=[*OWN['joints'], 'left_foot']), "has 'left_foot', but no 'right_foot'; add it to joints"),
    (dict(parents=OWN['parents'][:-1]), 'has 6 joints, but 5 parents'),
    (dict(parents=['neck', *OWN['parents'][1:]]), 'form no tree: .* but they end in pelvis, neck'),
    (dict(parents=['pelvis', 'neck', *OWN['parents'][2:]]), 'form no tree: .* but they end in pelvis, neck'),
    (dict(parents=['hip', *OWN['parents'][1:]]), "key 'parents': 'hip' is no joint"),
    (dict(bones=[['neck', 'pelvis']]), "expected one of the keys 'parents' and 'bones'"),
    (dict(bones='neck pelvis', parents=...), "key 'bones': expected pairs of child and parent"),
    (dict(bones=[['neck', 'pelvis', 'head']], parents=...), "key 'bones': expected pairs of child and parent"),
    (dict(bones=[['neck', 'pelvis'], ['neck', 'left_hand']], parents=...), "'neck' has two parents, 'pelvis' and"),
    (dict(bones=[['neck', 'head']], parents=...), "key 'bones': 'head' is no joint"),
    (dict(bones=[], parents=...), 'form no tree: .* they end in pelvis, neck, left_hand'),
    (dict(parts=...), "has 'left_marker', whose words decide no body part; rename it with words of"),
    (dict(parts=dict(left_leg=['left_marker'])), "has 'right_marker', whose words decide no body part"),
    (dict(parts=dict(left_leg=['left_marker'], trunk=['right_marker'])), "'left_marker' in left_leg, but 'right_mar"),
    (dict(parts=dict(left_leg=['left_marker', 'tail'])), "assigns joint 'tail' to body part 'left_leg'; give a joint"),
    (dict(parts=dict(tail=['left_marker'])), "assigns joint 'left_marker' to body part 'tail'; give .* of trunk, left"),
    (dict(parts=dict(trunk=['neck'], left_arm=['neck'])), "key 'parts': 'neck' is in trunk and in left_arm; keep one"),
    (dict(parts=['left_marker']), "key 'parts': expected lists of joints by body part"),
    (dict(dims=4), 'has dims=4; joints have 2 or 3 coordinates'),
    (dict(dims='2'), "has dims='2'; joints have 2 or 3 coordinates"),
    (dict(name=''), "key 'name': expected a name that does not end in .json, found ''"),
    (dict(name='own.json'), "key 'name': expected a name that does not end in .json"),
    (dict(spine=...), "lacks the key 'spine'"),
]


@pytest.mark.parametrize('changes, message', BROKEN)
def test_broken_layouts(tmp_path, changes, message):
    content = {key: value for key, value in {**OWN, **changes}.items() if value is not ...}
    with pytest.raises(ValueError, match=f'^(parents of )?layout .*{message}') as of_dict:
        parse_layout(content)
    (tmp_path / 'own.json').write_text(json.dumps(content))
    with pytest.raises(ValueError, match=f'^layout file .*own.json: .*{message}') as of_file:
        read_layout(str(tmp_path / 'own.json'))
    for error in (of_dict, of_file):
        assert '\n' not in str(error.value) and str(error.value).count('layout') < 5


@pytest.mark.parametrize(
    'text, message',
    [
        ('{"name": "own",}', 'own.json is no JSON: .*line 1 column 1[56]'),
        ('\xff', 'own.json is no JSON: .*decode'),
        ('["own"]', 'own.json: expected an object with name, joints, center, spine, shoulders, found a list'),
    ],
)
def test_files_that_are_no_layout(tmp_path, text, message):
    (tmp_path / 'own.json').write_text(text, encoding='latin-1')
    with pytest.raises(ValueError, match=f'^layout file .*{message}'):
        read_layout(str(tmp_path / 'own.json'))
