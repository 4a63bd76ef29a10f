"""Transforms that draw masks, against the maskings of the models with the same noise."""

import numpy as np
import pytest
import torch

from mamp_plugin.datasets.transforms import MaskBodyParts, MaskTokens, MotionAwareMask, RandomMask
from mamp_plugin.masking import BodyPartMasking, MotionAwareMasking, RandomMasking, TubeMasking
from mamp_plugin.skeletons import LAYOUTS, get_layout


def clips(shape=(2, 2, 12, 6, 3)):
    return np.random.RandomState(0).randn(*shape).astype(np.float32)


def loop_patches(keypoint, frames, joints):
    """Cuts ``(B, T, V, C)`` patch by patch, values ordered frame, joint, coordinate."""
    batch, num_frames, num_joints, _ = keypoint.shape
    rows = [
        [keypoint[:, t : t + frames, v : v + joints].reshape(batch, -1) for v in range(0, num_joints, joints)]
        for t in range(0, num_frames, frames)
    ]
    return np.stack([np.stack(row, axis=1) for row in rows], axis=1)


@pytest.mark.parametrize(
    ('transform', 'masking', 'noise_shape'),
    [
        (RandomMask(0.75, temporal_patch=4), RandomMasking(0.75), (4, 18)),
        (RandomMask(0.5, temporal_patch=2, joint_patch=3), RandomMasking(0.5), (4, 12)),
        (MotionAwareMask(0.75, 0.8, temporal_patch=4), MotionAwareMasking(0.75, 0.8), (4, 18)),
        (MotionAwareMask(0.6, 0.5, temporal_patch=3, joint_patch=2), MotionAwareMasking(0.6, 0.5), (4, 12)),
        (MaskTokens(dict(type='MotionAwareMasking', tau=0.5, ratio=0.7)), MotionAwareMasking(0.7, 0.5), (4, 18)),
        (MaskTokens(dict(type='TubeMasking', ratio=0.5), temporal_patch=3), TubeMasking(0.5), (4, 6)),
    ],
    ids=str,
)
def test_token_mask_equals_the_models_masking(transform, masking, noise_shape):
    keypoint = clips()
    patches = loop_patches(keypoint.reshape(-1, 12, 6, 3), transform.temporal_patch, transform.joint_patch)
    np.random.seed(7)
    uniform = np.random.random_sample(noise_shape).astype(np.float32)
    expected = masking(torch.from_numpy(patches), torch.from_numpy(uniform))
    np.random.seed(7)
    drawn = transform(dict(keypoint=keypoint))['mask_ids_keep']
    assert drawn.dtype == torch.int64
    assert torch.equal(drawn, expected)
    np.random.seed(8)
    assert not torch.equal(transform(dict(keypoint=keypoint))['mask_ids_keep'], drawn)


def test_channels_behind_the_coordinates_do_not_decide_the_mask():
    keypoint, masking = clips(), dict(type='MotionAwareMasking', ratio=0.7, tau=0.1)
    drawn = []
    for channels, coordinates in ((2, None), (3, 2)):
        np.random.seed(7)
        transform = MaskTokens(masking, coordinates=coordinates)
        drawn.append(transform(dict(keypoint=keypoint[..., :channels]))['mask_ids_keep'])
    assert torch.equal(*drawn)


def test_keeps_as_many_as_the_papers_did():
    assert MotionAwareMask()(dict(keypoint=clips((1, 2, 120, 25, 3))))['mask_ids_keep'].shape == (2, 74)


def test_moving_joints_are_hidden_more_often():
    keypoint = np.zeros((1, 1, 40, 10, 3), np.float32)
    keypoint[..., :5, :] = np.random.RandomState(0).randn(1, 1, 40, 5, 3)
    np.random.seed(0)
    kept = [MotionAwareMask(0.5, 0.2)(dict(keypoint=keypoint))['mask_ids_keep'] % 10 for _ in range(20)]
    moving = (torch.cat(kept) < 5).float().mean()
    assert moving < 0.2


def test_wrong_token_masks():
    message = "sample 'S1': 12 frames and 6 joints cannot be cut into patches of 5 frames and 1 joints"
    with pytest.raises(ValueError, match=message):
        RandomMask(temporal_patch=5)(dict(keypoint=clips(), frame_dir='S1'))
    with pytest.raises(ValueError, match="sample 'S1': mask ratio 0.99 leaves none of 18 tokens visible"):
        RandomMask(0.99)(dict(keypoint=clips(), frame_dir='S1'))
    with pytest.raises(ValueError, match='put MotionAwareMask after FormatGCNInput'):
        MotionAwareMask()(dict(keypoint=clips()[0]))
    with pytest.raises(ValueError, match='temporal_patch and joint_patch must be at least 1, got 0 and 1'):
        RandomMask(temporal_patch=0)
    with pytest.raises(ValueError, match=r'a batch needs one mask ratio; give a number, not the range \(0.4, 0.9\)'):
        MaskTokens(dict(type='TubeMasking', ratio=(0.4, 0.9)))
    with pytest.raises(TypeError, match='MaskTokens needs a token masking, such as RandomMasking, got BodyPartMasking'):
        MaskTokens(dict(type='BodyPartMasking', layout='sbu'))


# ---- body parts ----------------------------------------------------------------------------------------------------


def bodies(layout='nturgb+d', views=3, num_frames=16, **kwargs):
    """A sample after FormatGCNInput that brings its layout."""
    shape = (views, 2, num_frames, get_layout(layout).num_joints, get_layout(layout).dims)
    return dict(keypoint=clips(shape), layout=layout, **kwargs)


@pytest.mark.parametrize('layout', list(LAYOUTS))
@pytest.mark.parametrize('hide', [True, False])
@pytest.mark.parametrize(
    ('options', 'given', 'views'),
    [
        (dict(), None, (0, 1, 2)),
        (dict(num_clips=4, num_parts=2, persons=(0, 1)), (2,), (2,)),
        (dict(num_clips=1, num_parts=5, persons=(-1,)), (-1, 0), (2, 0)),
    ],
)
def test_body_part_mask_equals_the_models_masking(layout, hide, options, given, views):
    sample = bodies(layout)
    keypoint = sample['keypoint']
    keypoint.flags.writeable = False
    masking = BodyPartMasking(layout, **options)
    np.random.seed(3)
    noise = torch.from_numpy(np.random.random_sample((len(views), masking.num_clips, 5)))
    expected = torch.zeros(keypoint.shape[:4], dtype=torch.bool)
    for view, uniform in zip(views, noise):
        expected[view] = masking(masking.draw(uniform), 16, 2)
    np.random.seed(3)
    masked = MaskBodyParts(**options, views=given, hide=hide)(sample)
    assert expected.any() and torch.equal(masked['hidden_joints'], expected)
    if hide:
        np.testing.assert_array_equal(masked['keypoint'], np.where(expected[..., None], 0, keypoint))
        assert masked['keypoint'].dtype == np.float32
    else:
        assert masked['keypoint'] is keypoint


def test_parts_change_from_clip_to_clip_view_to_view_and_draw_to_draw():
    first, second = (MaskBodyParts()(bodies(num_frames=64))['hidden_joints'] for _ in range(2))
    assert not torch.equal(first, second)
    assert len(first[0, 0, ::8].unique(dim=0)) > 1
    assert not torch.equal(first[0], first[1])


def test_layout_of_the_sample_and_of_the_argument():
    sample = dict(bodies('sbu'), layout='unknown')
    options = dict(num_clips=1, num_parts=5)
    assert MaskBodyParts('sbu', **options)(dict(sample))['hidden_joints'][:, 0].all()
    with pytest.raises(KeyError, match="unknown skeleton layout 'unknown'"):
        MaskBodyParts(**options)(dict(sample))
    del sample['layout']
    with pytest.raises(KeyError, match="sample 'S1' has no 'layout', .* set layout of the data set"):
        MaskBodyParts()(dict(sample, frame_dir='S1'))
    with pytest.raises(ValueError, match="sample 'S1' has 25 joints, but layout 'sbu' has 15; choose the layout"):
        MaskBodyParts('sbu')(bodies(frame_dir='S1'))


def test_wrong_body_part_masks():
    with pytest.raises(ValueError, match='num_parts must lie between 1 and 5, got 6'):
        MaskBodyParts(num_parts=6)
    with pytest.raises(KeyError, match="unknown skeleton layout 'ntu'"):
        MaskBodyParts('ntu')
    with pytest.raises(ValueError, match='sample 4: 18 frames cannot be cut into num_clips=8 clips; change num_clips'):
        MaskBodyParts()(bodies(num_frames=18, sample_idx=4))
    with pytest.raises(ValueError, match=r"sample 'S1': .* 2 persons, but the masking has persons=\(2,\)"):
        MaskBodyParts(persons=(2,))(bodies(frame_dir='S1'))
    with pytest.raises(ValueError, match=r'has 3 views, but MaskBodyParts has views=\(0, 3\)'):
        MaskBodyParts(views=(0, 3))(bodies())
    with pytest.raises(ValueError, match='put MaskBodyParts after FormatGCNInput'):
        MaskBodyParts()(dict(keypoint=bodies()['keypoint'][0]))


def test_repr():
    assert repr(RandomMask(0.8)) == 'RandomMask(masking=RandomMasking(ratio=0.8), temporal_patch=4, joint_patch=1)'
    expected = 'MotionAwareMask(masking=MotionAwareMasking(ratio=0.9, tau=0.75), temporal_patch=4, joint_patch=1)'
    assert repr(MotionAwareMask(tau=0.75)) == expected
    expected = "MaskBodyParts(layout='sbu', num_clips=8, num_parts=3, persons=(0,), views=(2,), hide=True)"
    assert repr(MaskBodyParts('sbu', views=[2])) == expected
