"""Mixed precision needs an accelerator."""

import pytest
import torch

from mamp_plugin.engine.accelerator import require_accelerator_for_amp


@pytest.mark.skipif(torch.cuda.is_available(), reason='the error shows only without a GPU')
def test_mixed_precision_is_refused_before_the_run():
    with pytest.raises(SystemExit, match='mixed precision needs an accelerator'):
        require_accelerator_for_amp(dict(type='AmpOptimWrapper'))
    require_accelerator_for_amp(dict(type='OptimWrapper'))


def test_a_gpu_is_enough(monkeypatch):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    require_accelerator_for_amp(dict(type='AmpOptimWrapper'))
