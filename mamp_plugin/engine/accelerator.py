"""Check that mixed precision has an accelerator to run on."""

import torch
from mmengine.device import is_musa_available, is_npu_available
from mmengine.device.utils import is_mlu_available


def require_accelerator_for_amp(optim_wrapper: dict) -> None:
    """Refuse ``AmpOptimWrapper`` on a machine without an accelerator.

    mmengine refuses it too, but only after the data sets are built.

    Args:
        optim_wrapper (dict): Optimizer wrapper of the config.

    Raises:
        SystemExit: If mixed precision is asked for and there is no accelerator.
    """
    if optim_wrapper.get('type') != 'AmpOptimWrapper' or torch.cuda.is_available():
        return
    if not (is_npu_available() or is_mlu_available() or is_musa_available()):
        raise SystemExit(
            'mixed precision needs an accelerator and this machine has none: leave out --amp, '
            "or set optim_wrapper.type='OptimWrapper' in the config"
        )
