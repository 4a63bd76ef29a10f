import pytest
import torch
from mmaction.registry import MODELS

from mamp_plugin.evaluation.forecast import constant_pose, joint_position_error


def build(**kwargs):
    head = MODELS.build(dict(dict(type='ForecastHead', layout='sbu', in_channels=8, horizon=4), **kwargs))
    head.init_weights()
    return head


def trained(**kwargs):
    head = build(**kwargs)
    for parameter in head.parameters():
        torch.nn.init.normal_(parameter)
    return head


def draw(persons=2, frames=5, joints=15):
    return torch.randn(3, persons, frames, joints, 3)


def test_an_untrained_head_predicts_the_last_pose():
    history = draw()
    history[0, 1, 3:] = 0
    assert torch.equal(build().predict(torch.randn(3, 2, 8, 2, 15), history), constant_pose(history, 4))


def test_each_joint_from_its_last_token():
    head, features = trained(), torch.randn(3, 2, 8, 2, 15)
    offsets = head(features)
    assert offsets.shape == (3, 2, 4, 15, 3)
    expected = head.offset(features[1, 0, :, 1, 7]).view(4, 3)
    torch.testing.assert_close(offsets[1, 0, :, 7], expected)


def test_joints_that_share_a_token():
    head, features = trained(joint_patch=5), torch.randn(3, 2, 8, 2, 3)
    offsets = head(features)
    assert offsets.shape == (3, 2, 4, 15, 3)
    expected = head.offset(features[1, 0, :, 1, 2]).view(5, 4, 3).transpose(0, 1)
    torch.testing.assert_close(offsets[1, 0, :, 10:], expected)


def test_all_joints_and_persons_from_the_last_frame():
    head, features = trained(num_persons=2, joint_patch=None), torch.randn(3, 1, 8, 6, 1)
    offsets = head(features)
    assert offsets.shape == (3, 2, 4, 15, 3)
    expected = head.offset(features[1, 0, :, 5, 0]).view(2, 15, 4, 3).transpose(1, 2)
    torch.testing.assert_close(offsets[1], expected)
    assert head.predict(features, draw(persons=1)).shape == (3, 1, 4, 15, 3)


def test_loss_is_the_mean_over_predictable_persons_and_frames():
    head, features, history, future = trained(), torch.randn(3, 2, 8, 2, 15), draw(), draw(frames=4)
    history[0, 1] = 0
    future[1, 0, 2:] = 0
    counts = torch.ones(3, 2, 4, dtype=torch.bool)
    counts[0, 1] = counts[1, 0, 2:] = False
    error = joint_position_error(head.predict(features, history), future)
    torch.testing.assert_close(head.loss(features, history, future), error[counts].mean())


def test_loss_weight():
    features, history, future = torch.randn(3, 2, 8, 2, 15), draw(), draw(frames=4)
    losses = [build(loss_weight=weight).loss(features, history, future) for weight in (1.0, 5.0)]
    torch.testing.assert_close(losses[1], 5 * losses[0])


def test_nobody_to_predict_gives_zero_gradients():
    head = trained()
    loss = head.loss(torch.randn(3, 2, 8, 2, 15), torch.zeros(3, 2, 5, 15, 3), draw(frames=4))
    loss.backward()
    assert loss == 0
    assert all(parameter.grad is not None and not parameter.grad.any() for parameter in head.parameters())


def test_an_exact_prediction_has_a_gradient():
    """The norm is not differentiable at 0, where the root joint of centered sequences always is."""
    head, history = build(), draw()
    loss = head.loss(torch.randn(3, 2, 8, 2, 15), history, constant_pose(history, 4))
    loss.backward()
    assert loss == 0 and torch.isfinite(head.offset.weight.grad).all()


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        (dict(horizon=0), 'horizon must be at least 1 frame, got 0'),
        (dict(joint_patch=4), "joint_patch=4 does not divide the 15 joints of 'sbu'"),
    ],
)
def test_wrong_config(kwargs, message):
    with pytest.raises(ValueError, match=message):
        build(**kwargs)


def test_features_of_other_joints():
    with pytest.raises(ValueError, match='expects features of 15 patches of 1 joints, got .3, 2, 8, 2, 25.'):
        build()(torch.randn(3, 2, 8, 2, 25))
