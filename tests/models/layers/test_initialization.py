import pytest
import torch
from mmengine.logging import MMLogger
from mmengine.model import BaseModule
from torch import nn

from mamp_plugin.models.layers import XavierModule, init_table, with_linear_init


class Recurrent(XavierModule):
    def __init__(self, init_cfg=None):
        super().__init__(init_cfg)
        self.gru = nn.GRU(40, 50)
        self.fc = nn.Linear(50, 60)


def test_matrices_are_xavier_uniform_and_vectors_are_left():
    module = Recurrent()
    vectors = {name: p.clone() for name, p in module.named_parameters() if p.ndim == 1}
    module.init_weights()
    for name, parameter in module.named_parameters():
        if parameter.ndim == 1:
            assert torch.equal(parameter, vectors[name])
        else:
            bound = (6 / sum(parameter.shape)) ** 0.5
            assert 0.97 * bound < parameter.abs().max() <= bound, name


def test_a_second_call_changes_nothing():
    module = Recurrent()
    module.init_weights()
    before = module.gru.weight_hh_l0.clone()
    module.init_weights()
    assert torch.equal(module.gru.weight_hh_l0, before)


def test_init_cfg_has_the_last_word():
    module = Recurrent(dict(type='Constant', layer='Linear', val=2.0))
    module.init_weights()
    assert module.fc.weight.eq(2).all() and module.gru.weight_hh_l0.std() > 0


def test_the_log_of_a_model_names_the_initialization(caplog):
    model = BaseModule()
    model.part = Recurrent()
    logger = MMLogger.get_instance('test_initialization', log_level='INFO')  # the newest is the current one
    logger.addHandler(caplog.handler)
    model.init_weights()
    assert 'Xavier-uniform matrices' in caplog.text


def test_tables():
    table = torch.zeros(100, 100)
    init_table(table)
    assert table.std() == pytest.approx(0.02, rel=0.05)


@pytest.mark.parametrize('given', [None, dict(type='Constant'), [dict(type='Constant')]])
def test_linear_layers_come_first(given):
    first, *rest = with_linear_init(given)
    assert first == dict(type='Xavier', layer='Linear', distribution='uniform')
    assert rest == ([] if given is None else [dict(type='Constant')])
