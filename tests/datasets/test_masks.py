"""The mask transforms draw what the model's maskings would draw from the same noise."""

import numpy as np
import pytest
import torch

from mamp_plugin.datasets.transforms import MotionAwareMask, RandomMask
from mamp_plugin.masking import MotionAwareMasking, RandomMasking


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


def test_repr():
    assert repr(RandomMask(0.8)) == 'RandomMask(ratio=0.8, temporal_patch=4, joint_patch=1)'
    assert repr(MotionAwareMask(tau=0.75)) == 'MotionAwareMask(ratio=0.9, tau=0.75, temporal_patch=4, joint_patch=1)'
