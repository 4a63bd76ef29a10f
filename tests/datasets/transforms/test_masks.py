"""The mask transforms draw what the model's maskings would draw from the same noise."""

import numpy as np
import pytest
import torch

from mamp_plugin.datasets.transforms import MaskBodyParts, MotionAwareMask, RandomMask
from mamp_plugin.masking import MotionAwareMasking, RandomMasking
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
    ('transform', 'masking'),
    [
        (RandomMask(0.75, temporal_patch=4), RandomMasking(0.75)),
        (RandomMask(0.5, temporal_patch=2, joint_patch=3), RandomMasking(0.5)),
        (MotionAwareMask(0.75, 0.8, temporal_patch=4), MotionAwareMasking(0.75, 0.8)),
        (MotionAwareMask(0.6, 0.5, temporal_patch=3, joint_patch=2), MotionAwareMasking(0.6, 0.5)),
    ],
)
def test_equals_the_models_masking(transform, masking):
    keypoint = clips()
    patches = loop_patches(keypoint.reshape(-1, 12, 6, 3), transform.temporal_patch, transform.joint_patch)
    num_tokens = patches.shape[1] * patches.shape[2]
    np.random.seed(7)
    uniform = np.random.random_sample((4, num_tokens)).astype(np.float32)
    expected = masking(torch.from_numpy(patches), torch.from_numpy(uniform))
    np.random.seed(7)
    drawn = transform(dict(keypoint=keypoint))['mask_ids_keep']
    assert drawn.dtype == torch.int64
    assert torch.equal(drawn, expected)
    np.random.seed(8)
    assert not torch.equal(transform(dict(keypoint=keypoint))['mask_ids_keep'], drawn)


def test_keeps_as_many_as_the_papers_did():
    assert MotionAwareMask()(dict(keypoint=clips((1, 2, 120, 25, 3))))['mask_ids_keep'].shape == (2, 74)


def test_moving_joints_are_hidden_more_often():
    keypoint = np.zeros((1, 1, 40, 10, 3), np.float32)
    keypoint[..., :5, :] = np.random.RandomState(0).randn(1, 1, 40, 5, 3)
    np.random.seed(0)
    kept = [MotionAwareMask(0.5, 0.2)(dict(keypoint=keypoint))['mask_ids_keep'] % 10 for _ in range(20)]
    moving = (torch.cat(kept) < 5).float().mean()
    assert moving < 0.2


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="sample 'S1' has 12 frames and 6 joints, .* patches of 5 frames and 1 joints"):
        RandomMask(temporal_patch=5)(dict(keypoint=clips(), frame_dir='S1'))
    with pytest.raises(ValueError, match='put MotionAwareMask after FormatGCNInput'):
        MotionAwareMask()(dict(keypoint=clips()[0]))
    with pytest.raises(ValueError, match='temporal_patch and joint_patch must be at least 1, got 0 and 1'):
        RandomMask(temporal_patch=0)


# ---- body parts ----------------------------------------------------------------------------------------------------


def bodies(layout='nturgb+d', views=3, num_frames=16):
    layout = get_layout(layout)
    return clips((views, 2, num_frames, layout.num_joints, layout.dims))


def loop_hide(shape, layout, drawn, views, persons):
    """Which joints a draw hides, joint by joint."""
    hidden = np.zeros(shape, dtype=bool)
    names = list(get_layout(layout).parts)
    for view, view_parts in zip(views, drawn):
        length = shape[2] // len(view_parts)
        for clip, parts in enumerate(view_parts):
            for part in parts:
                for joint in get_layout(layout).parts[names[part]]:
                    for person in persons:
                        hidden[view, person, clip * length : (clip + 1) * length, joint] = True
    return hidden


@pytest.mark.parametrize('layout', list(LAYOUTS))
@pytest.mark.parametrize(
    ('kwargs', 'views', 'persons'),
    [
        (dict(), (0, 1, 2), (0,)),
        (dict(num_clips=4, num_parts=2, persons=(0, 1), views=(2,)), (2,), (0, 1)),
        (dict(num_clips=1, num_parts=5, persons=(-1,), views=(-1, 0)), (2, 0), (1,)),
    ],
)
def test_hidden_parts_of_every_layout(layout, kwargs, views, persons):
    keypoint = bodies(layout)
    transform = MaskBodyParts(layout, **kwargs)
    np.random.seed(3)
    drawn = transform.draw(len(views))
    assert drawn.shape == (len(views), transform.num_clips, transform.num_parts)
    assert all(len(set(parts)) == transform.num_parts for parts in drawn.reshape(-1, transform.num_parts).tolist())
    expected = loop_hide(keypoint.shape[:4], layout, drawn, views, persons)
    np.random.seed(3)
    masked = transform(dict(keypoint=keypoint))
    assert masked['hidden_joints'].dtype == torch.bool
    np.testing.assert_array_equal(masked['hidden_joints'].numpy(), expected)
    np.testing.assert_array_equal(masked['keypoint'], np.where(expected[..., None], 0, keypoint))
    assert masked['keypoint'].dtype == np.float32


def test_parts_change_from_clip_to_clip_and_from_draw_to_draw():
    keypoint = bodies(num_frames=64)
    first, second = (MaskBodyParts()(dict(keypoint=keypoint))['hidden_joints'] for _ in range(2))
    assert not torch.equal(first, second)
    starts = first[0, 0, ::8]
    assert len(starts.unique(dim=0)) > 1
    assert torch.equal(first[0, 0], starts.repeat_interleave(8, dim=0))
    assert not torch.equal(first[0], first[1])


def test_body_parts_leave_their_input_alone():
    keypoint = bodies()
    keypoint.flags.writeable = False
    masked = MaskBodyParts()(dict(keypoint=keypoint))['keypoint']
    assert not np.shares_memory(masked, keypoint)


def test_wrong_body_parts_are_refused():
    with pytest.raises(ValueError, match='num_parts must lie between 1 and 5, got 6'):
        MaskBodyParts(num_parts=6)
    with pytest.raises(ValueError, match='num_clips must be at least 1, got 0'):
        MaskBodyParts(num_clips=0)
    with pytest.raises(ValueError, match="sample 'S1' has 25 joints, but layout 'sbu' has 15; choose the layout"):
        MaskBodyParts('sbu')(dict(keypoint=bodies(), frame_dir='S1'))
    with pytest.raises(ValueError, match='sample 4 has 18 frames, which cannot be cut into 8 clips; change num_clips'):
        MaskBodyParts()(dict(keypoint=bodies(num_frames=18), sample_idx=4))
    with pytest.raises(ValueError, match=r'has 2 persons, but persons=\(2,\) of MaskBodyParts names others'):
        MaskBodyParts(persons=(2,))(dict(keypoint=bodies()))
    with pytest.raises(ValueError, match=r'has 3 views, but views=\(0, 3\) of MaskBodyParts names others'):
        MaskBodyParts(views=(0, 3))(dict(keypoint=bodies()))
    with pytest.raises(ValueError, match='put MaskBodyParts after FormatGCNInput'):
        MaskBodyParts()(dict(keypoint=bodies()[0]))


def test_repr():
    assert repr(RandomMask(0.8)) == 'RandomMask(ratio=0.8, temporal_patch=4, joint_patch=1)'
    assert repr(MotionAwareMask(tau=0.75)) == 'MotionAwareMask(ratio=0.9, tau=0.75, temporal_patch=4, joint_patch=1)'
    expected = "MaskBodyParts(layout='sbu', num_clips=8, num_parts=3, persons=(0,), views=(2,))"
    assert repr(MaskBodyParts('sbu', views=[2])) == expected
