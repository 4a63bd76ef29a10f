import math

import pytest
import torch
from mmengine.logging import MessageHub
from torch import nn

from mamp_plugin.models.layers import Teacher


def student():
    return nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6))


def test_average_of_the_student_over_ten_steps():
    module = student()
    teacher = Teacher(dict(encoder=module), momentum=0.75)
    expected = {name: p.detach().clone() for name, p in module.named_parameters()}
    for _ in range(10):
        for name, parameter in module.named_parameters():
            parameter.data += torch.randn_like(parameter)
            expected[name] = 0.75 * expected[name] + 0.25 * parameter.detach()
        teacher.update(dict(encoder=module))
    torch.testing.assert_close(dict(teacher.encoder.named_parameters()), expected)
    assert not any(parameter.requires_grad for parameter in teacher.parameters())


def test_buffers_are_its_own():
    module = student()
    teacher = Teacher(dict(encoder=module), momentum=0.0)
    module(torch.randn(8, 4))
    teacher.update(dict(encoder=module))
    assert teacher.encoder[1].num_batches_tracked == 0 and module[1].num_batches_tracked == 1
    teacher.copy(dict(encoder=module))
    torch.testing.assert_close(teacher.encoder.state_dict(), module.state_dict())


def test_names_in_a_state_dict():
    teacher = Teacher(dict(backbone=nn.Linear(2, 3), projector=nn.Linear(3, 1)), momentum=0.9, end_momentum=1.0)
    assert list(teacher.state_dict()) == ['backbone.weight', 'backbone.bias', 'projector.weight', 'projector.bias']


@pytest.mark.parametrize(
    ('schedule', 'expected'),
    [('linear', [0.9, 0.925, 0.95, 1.0]), ('cosine', [0.9, 0.9 + 0.05 * (1 - math.cos(math.pi / 4)), 0.95, 1.0])],
)
def test_scheduled_momentum(schedule, expected):
    teacher = Teacher(dict(), 0.9, end_momentum=1.0, schedule=schedule)
    assert [teacher.momentum_at(progress) for progress in (0, 0.25, 0.5, 1)] == pytest.approx(expected)


def test_schedule_follows_the_run():
    module = nn.Linear(1, 1, bias=False)
    teacher = Teacher(dict(encoder=module), 0.5, end_momentum=1.0, schedule='linear')
    hub = MessageHub.get_instance(f'test_teacher_{id(module)}')
    hub.update_info('iter', 3)
    hub.update_info('max_iters', 4)
    module.weight.data.fill_(1.0)
    teacher.encoder.weight.data.fill_(0.0)
    teacher.update(dict(encoder=module))
    assert teacher.encoder.weight.item() == pytest.approx(0.125)
    teacher.update(dict(encoder=module), progress=0.0)
    assert teacher.encoder.weight.item() == pytest.approx(0.5625)


def test_schedule_without_a_run():
    MessageHub.get_instance('test_teacher_without_a_run')
    module = nn.Linear(1, 1)
    with pytest.raises(RuntimeError, match='pass progress to Teacher.update, or leave out end_momentum'):
        Teacher(dict(encoder=module), 0.5, end_momentum=1.0).update(dict(encoder=module))
    Teacher(dict(encoder=module), 0.5).update(dict(encoder=module))


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        (dict(momentum=1.5), r'momentum must lie in \[0, 1\], got 1.5'),
        (dict(momentum=0.9, end_momentum=-1), r'end_momentum must lie in \[0, 1\], got -1'),
        (dict(momentum=0.9, schedule='step'), "schedule must be 'cosine' or 'linear', got 'step'"),
    ],
)
def test_wrong_settings(kwargs, message):
    with pytest.raises(ValueError, match=message):
        Teacher(dict(), **kwargs)
