"""Mixed precision and sharded models without an accelerator are refused."""

import pytest
import torch
from mmengine.config import ConfigDict

from mamp_plugin.engine.accelerator import require_accelerator

PLAIN = dict(optim_wrapper=dict(type='OptimWrapper'), model_wrapper_cfg=None)
REFUSED = [
    ('--amp', dict(PLAIN, optim_wrapper=dict(type='AmpOptimWrapper'))),
    ('leave out model_wrapper_cfg', dict(PLAIN, model_wrapper_cfg=dict(type='MMFullyShardedDataParallel'))),
]


@pytest.mark.parametrize(('remedy', 'cfg'), REFUSED)
def test_refused_without_an_accelerator(monkeypatch, remedy, cfg):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    with pytest.raises(SystemExit, match=f'needs an accelerator and this machine has none: .*{remedy}'):
        require_accelerator(ConfigDict(cfg))
    require_accelerator(ConfigDict(PLAIN))


@pytest.mark.parametrize(('remedy', 'cfg'), REFUSED)
def test_allowed_with_an_accelerator(monkeypatch, remedy, cfg):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    require_accelerator(ConfigDict(cfg))
