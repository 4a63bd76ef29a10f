"""Properties of layouts, transforms and maskings, on random examples."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmaction.models.utils import Graph
from mmaction.registry import MODELS, TRANSFORMS
from mmengine.dataset import Compose

from mamp_plugin.masking import cut_patches
from mamp_plugin.skeletons import LAYOUTS, SkeletonLayout
from mamp_plugin.skeletons.description import describe_layout, parse_layout
from mamp_plugin.skeletons.vocabulary import LIMB_WORDS, PARTS, TRUNK_WORDS

#: The same few examples in every run; nothing is written to the disk.
few = settings(max_examples=12, deadline=None, derandomize=True, database=None)
layouts = st.sampled_from(sorted(LAYOUTS)).map(LAYOUTS.get)
seeds = st.integers(0, 2**32 - 1)
TRANSFORMS_OF_ANY = [
    dict(type='RepairCoordinates'),
    dict(type='DropEmptyFrames'),
    dict(type='PadEmptyFrames'),
    dict(type='CenterSkeleton', frame='first'),
    dict(type='CenterSkeleton', frame='every'),
    dict(type='CenterSkeleton', absent='joint', joint='hips'),
    dict(type='CenterSkeleton', frame='every', origin='persons'),
    dict(type='ScaleSkeleton'),
    dict(type='RandomRotate3D'),
    dict(type='RandomShear3D'),
    dict(type='CropResizeFrames', window=16, min_frames=3),
    dict(type='CorruptJoints', zero_prob=0),
    dict(type='CorruptJoints', zero_prob=1),
    dict(type='OccludeBodyParts', parts=['trunk', 'left_leg']),
    dict(type='OccludeFrames', share=0.4),
    dict(type='SkeletonStream', stream='bone'),
    dict(type='SkeletonStream', stream='motion'),
    dict(type='MultiView', views=[[], [dict(type='CorruptJoints')]]),
]
TRANSFORMS_OF_3D = [
    dict(type='CenterSkeleton', align='full'),
    dict(type='CenterSkeleton', frame='every', align='yaw', align_frame='every'),
]
TRANSFORMS_OF_2D = [dict(type='NormalizeImage2D')]
#: Transforms of the clips that FormatGCNInput makes.
MASKS = [
    dict(type='RandomMask', ratio=0.7),
    dict(type='MotionAwareMask', ratio=0.7),
    dict(type='MaskTokens', masking=dict(type='TubeMasking', ratio=0.7)),
    dict(type='MaskBodyParts', num_clips=2, num_parts=2),
    dict(type='MaskBodyParts', num_clips=4, num_parts=5, hide=False),
]


@st.composite
def trees(draw):
    """Layouts of random joints: some in the middle, some on both sides."""
    words = st.sampled_from([*LIMB_WORDS['arm'], *LIMB_WORDS['leg'], *TRUNK_WORDS])
    middle = draw(st.lists(words, min_size=1, max_size=5, unique=True))
    sided = draw(st.lists(words, max_size=6, unique=True))
    joints = [*middle, *(f'{side}_{word}' for side in ('left', 'right') for word in sided)]
    parents = [0, *(draw(st.integers(0, joint - 1)) for joint in range(1, len(joints)))]
    order = draw(st.permutations(range(len(joints))))
    any_joint = st.integers(0, len(joints) - 1)
    axes = st.tuples(*[st.lists(any_joint, min_size=1, max_size=2).map(tuple)] * 2)
    moved = [0] * len(joints)
    for old, new in enumerate(order):
        moved[new] = order[parents[old]]
    return SkeletonLayout(
        name='random',
        joints=tuple(joints[order.index(place)] for place in range(len(joints))),
        parents=tuple(moved),
        center=draw(any_joint),
        spine=draw(axes),
        shoulders=draw(axes),
        dims=draw(st.sampled_from([2, 3])),
    )


def sample(layout, seed, num_persons, num_frames, with_score):
    """Return a sample with absent persons, frames and joints."""
    random = np.random.default_rng(seed)
    shape = num_persons, num_frames, layout.num_joints, layout.dims
    keypoint = random.normal(size=shape).astype(np.float32)
    keypoint *= random.random((num_persons, num_frames, layout.num_joints, 1)) < 0.95
    keypoint *= random.random((num_persons, num_frames, 1, 1)) < 0.8
    results = dict(keypoint=keypoint, total_frames=num_frames, frame_dir='a', layout=layout.name, img_shape=(9, 16))
    if with_score:
        results['keypoint_score'] = random.random(shape[:3], dtype=np.float32)
    return results


samples = st.builds(sample, layouts, seeds, st.integers(1, 2), st.integers(1, 24), st.booleans())


def arrays(results):
    return {key: value.copy() for key, value in results.items() if isinstance(value, np.ndarray)}


@few
@given(layout=st.one_of(layouts, trees()))
def test_layouts_are_trees_of_five_parts_with_two_sides(layout):
    mirror = np.array(layout.mirror)
    assert (mirror[mirror] == np.arange(layout.num_joints)).all()
    assert sorted(layout.joints_of(PARTS)) == list(range(layout.num_joints)) and tuple(layout.parts) == PARTS
    for part, joints in layout.parts.items():
        mirrored = part.replace('left', '*').replace('right', 'left').replace('*', 'right')
        assert set(mirror[list(joints)]) == set(layout.parts[mirrored])
    assert {child for child, _ in layout.bones} == set(range(layout.num_joints)) - {layout.root}
    assert parse_layout(json.loads(json.dumps(describe_layout(layout)))) == layout
    inward = sorted(layout.bones)
    assert Graph(dict(num_node=layout.num_joints, inward=inward, center=layout.root)).A.shape[1] == layout.num_joints


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(['', 'nose', 'left_hand', 'x.json']),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(['trunk', 'nose']), inner, max_size=2),
    max_leaves=6,
)


@settings(few, max_examples=40)
@given(layout=trees(), key=st.sampled_from(['bones', 'parts', *describe_layout(LAYOUTS['coco'])]), value=json_values)
def test_any_value_is_a_layout_or_an_error_of_one_line(layout, key, value):
    description = dict(describe_layout(layout), **{key: value})
    try:
        assert parse_layout(description).num_joints == len(description['joints'])
    except ValueError as error:
        assert 'layout ' in str(error) and '\n' not in str(error)


@few
@pytest.mark.parametrize(
    'step',
    TRANSFORMS_OF_ANY + TRANSFORMS_OF_3D + TRANSFORMS_OF_2D,
    ids=lambda step: '-'.join(map(str, step.values())),
)
@given(results=samples)
def test_transforms_keep_joints_and_their_input(step, results):
    if step in {2: TRANSFORMS_OF_3D, 3: TRANSFORMS_OF_2D}[LAYOUTS[results['layout']].dims]:
        return
    before, given_arrays = arrays(results), dict(results)
    shape = results['keypoint'].shape
    changed = TRANSFORMS.build(step)(results)
    for key, value in before.items():
        np.testing.assert_array_equal(given_arrays[key], value, err_msg='changed in place')
    keypoint = changed['keypoint']
    assert keypoint.shape[0] == shape[0] and keypoint.shape[2:] == shape[2:] and keypoint.dtype == np.float32
    assert np.isfinite(keypoint).all()
    assert 'keypoint_score' not in changed or changed['keypoint_score'].shape == keypoint.shape[:3]


@few
@pytest.mark.parametrize('step', MASKS, ids=lambda step: '-'.join(map(str, step.values())))
@given(results=samples)
def test_masks_lie_within_range(step, results):
    layout = LAYOUTS[results['layout']]
    clips = [dict(type='CropResizeFrames', window=16, min_frames=3), dict(type='FormatGCNInput', num_person=2)]
    results = Compose(clips)(results)
    before, keypoint = results['keypoint'].copy(), results['keypoint']
    masked = TRANSFORMS.build(step)(results)
    np.testing.assert_array_equal(keypoint, before, err_msg='changed in place')
    if 'mask_ids_keep' in masked:
        ids, tokens = masked['mask_ids_keep'], 4 * layout.num_joints
        assert len(ids) == 2 and ids.min() >= 0 and ids.max() < tokens
        assert all(len(set(row.tolist())) == ids.size(1) for row in ids)
        assert 0.2 * tokens < ids.size(1) <= 0.31 * tokens
    else:
        hidden = masked['hidden_joints']
        assert hidden.shape == (1, 2, 16, layout.num_joints) and not hidden[:, 1].any()
        for frame in hidden[0, 0]:
            parts = [name for name, joints in layout.parts.items() if frame[list(joints)].all()]
            assert len(parts) == step['num_parts'] and int(frame.sum()) == len(layout.joints_of(parts))
        expected = np.where(hidden[..., None], 0, before) if step.get('hide', True) else before
        np.testing.assert_array_equal(masked['keypoint'], expected)


@few
@given(layout=layouts, seed=seeds, patch=st.sampled_from([1, 2, 4]))
def test_maskings_of_models_hide_tokens_and_parts(layout, seed, patch):
    torch.manual_seed(seed)
    sequences = torch.randn(2, 8, layout.num_joints, layout.dims)
    patches, before = cut_patches(sequences, patch), sequences.clone()
    for kind in ('RandomMasking', 'MotionAwareMasking', 'TubeMasking'):
        ids = MODELS.build(dict(type=kind, ratio=0.5))(patches)
        assert ids.shape[0] == 2 and ids.min() >= 0 and ids.max() < patches.size(1) * patches.size(2)
    assert torch.equal(sequences, before)
    mixing = MODELS.build(dict(type='ViewMixing', layout=layout, block_frames=2, span=(1, 4)))
    view = sequences.unsqueeze(1)
    mixed, share = mixing(view, mixing.draw(2, 8))
    assert mixed.shape == view.shape and 0 <= share <= 1 and torch.equal(sequences, before)


@few
@given(results=samples)
def test_two_mirrors_are_none(results):
    keypoint, mirror = results['keypoint'], list(LAYOUTS[results['layout']].mirror)
    np.testing.assert_array_equal(keypoint[:, :, mirror][:, :, mirror], keypoint)
