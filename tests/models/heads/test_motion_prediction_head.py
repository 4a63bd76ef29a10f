import pytest
import torch
from mmaction.registry import MODELS

from mamp_plugin.models.heads.motion_prediction_head import frame_motion


def build(**kwargs):
    torch.manual_seed(0)
    config = dict(type='MotionPredictionHead', in_channels=16, coordinates=3, patch_size=(2, 1))
    head = MODELS.build(dict(config, **kwargs))
    head.init_weights()
    return head


@pytest.mark.parametrize('stride', [1, 2, 3])
def test_motion_is_0_in_the_last_frames(stride):
    x = torch.randn(2, 6, 4, 3)
    motion = frame_motion(x, stride)
    for t in range(6):
        expected = x[:, t + stride] - x[:, t] if t + stride < 6 else torch.zeros(2, 4, 3)
        assert torch.equal(motion[:, t], expected)


def test_target_joint_is_the_sequence_itself():
    x = torch.randn(2, 6, 4, 3)
    targets = build(target='joint', normalize=False).targets(x)
    assert targets.shape == (2, 12, 6)
    assert torch.equal(targets[:, 4 + 2], x[:, 2:4, 2].flatten(1))  # token 2 of the second row


def test_normalized_targets():
    targets = build().targets(torch.randn(2, 6, 4, 3) * 5 + 2)
    torch.testing.assert_close(targets.mean(-1), torch.zeros(2, 12), atol=1e-5, rtol=0)
    torch.testing.assert_close(targets.var(-1), torch.ones(2, 12), atol=1e-4, rtol=0)


def test_targets_normalized_by_the_sequence():
    """A token weighs as much as it moves; the size of a sequence does not matter."""
    x = torch.randn(2, 8, 5, 3).cumsum(dim=1)
    head, plain = build(normalize='sequence'), build(normalize=False)
    targets = head.targets(x)
    torch.testing.assert_close(targets.flatten(1).std(dim=1), torch.ones(2))
    torch.testing.assert_close(head.targets(x * 3), targets)
    torch.testing.assert_close(targets / targets[:, :1, :1], plain.targets(x) / plain.targets(x)[:, :1, :1])
    assert not head.targets(torch.ones(1, 8, 5, 3)).any()


def test_targets_of_an_absent_person_are_0():
    assert not build().targets(torch.zeros(1, 6, 4, 3)).any()


def test_loss_is_the_mean_over_hidden_tokens():
    head, tokens, x = build(), torch.randn(2, 12, 16), torch.randn(2, 6, 4, 3)
    ids_keep = torch.tensor([[0, 3], [5, 11]])
    hidden = torch.ones(2, 12, dtype=torch.bool)
    hidden[0, [0, 3]] = hidden[1, [5, 11]] = False
    expected = (head(tokens)[hidden] - head.targets(x)[hidden]).square().mean()
    torch.testing.assert_close(head.loss(tokens, head.targets(x), ids_keep), expected)
    ids = hidden.nonzero()[:, 1].view(2, 10)
    drawn = tokens.take_along_dim(ids.unsqueeze(-1), dim=1)
    torch.testing.assert_close(head.loss(drawn, head.targets(x, ids)), expected)


def test_initial_weights():
    head = build()
    assert not head.pred.bias.any()
    assert head.pred.weight.abs().max() <= (6 / (16 + 6)) ** 0.5


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        (dict(target='bone'), "target must be 'motion' or 'joint', got 'bone'"),
        (dict(stride=0), 'stride must be at least 1 frame, got 0'),
        (dict(patch_size=(1, 1), coordinates=1), "set normalize='sequence' or False"),
        (dict(normalize='frame'), "normalize must be True or 'token', 'sequence' or False, got 'frame'"),
    ],
)
def test_wrong_config(kwargs, message):
    with pytest.raises(ValueError, match=message):
        build(**kwargs)


def test_no_motion_or_no_hidden_token_to_predict():
    with pytest.raises(ValueError, match='stride=6 leaves no motion to predict in 6 frames'):
        build(stride=6).targets(torch.randn(1, 6, 4, 3))
    with pytest.raises(ValueError, match='no token is hidden'):
        build().loss(torch.randn(1, 12, 16), torch.randn(1, 12, 6), torch.arange(12)[None])
