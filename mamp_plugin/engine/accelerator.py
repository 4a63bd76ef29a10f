"""Check that what a config asks for has an accelerator to run on."""

import torch
from mmengine.config import ConfigDict
from mmengine.device import is_musa_available, is_npu_available
from mmengine.device.utils import is_mlu_available


def require_accelerator(cfg: ConfigDict) -> None:
    """Refuse mixed precision and sharded models on a machine without an accelerator.

    mmengine refuses mixed precision too, but only after the data sets are built, and fails on sharded models.

    Args:
        cfg (ConfigDict): Config of a run.

    Raises:
        SystemExit: There is no accelerator.
    """
    if torch.cuda.is_available() or is_npu_available() or is_mlu_available() or is_musa_available():
        return
    if cfg.optim_wrapper.get('type') == 'AmpOptimWrapper':
        raise SystemExit(
            'mixed precision needs an accelerator and this machine has none: leave out --amp, '
            "or set optim_wrapper.type='OptimWrapper' in the config"
        )
    wrapper = (cfg.get('model_wrapper_cfg') or {}).get('type', '')
    if 'FullySharded' in str(wrapper):
        raise SystemExit(
            f"model_wrapper_cfg.type='{wrapper}' needs an accelerator and this machine has none: leave out "
            'model_wrapper_cfg, models of this size fit every process whole'
        )
