"""Hook that ends a run whose loss is not finite."""

import math
from typing import Any, Iterator, Optional

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import as_tensor

#: Names of samples in the message.
_SHOWN = 64


@HOOKS.register_module()
class FiniteLossHook(Hook):
    """End of a run with a loss that is NaN or infinite, before a checkpoint of it is written.

    The message names the loss, the samples of the batch and the last good checkpoint. So that samples have names,
    ``PackActionInputs`` of the training pipeline also packs ``frame_dir``.
    """

    #: After RuntimeInfoHook, which has brought the losses from the device.
    priority = 'LOW'

    def before_train(self, runner: Runner) -> None:
        """Let the training pipeline pack the names of the samples."""
        for transform in _transforms(runner.train_dataloader.dataset):
            if type(transform).__name__ == 'PackActionInputs' and 'frame_dir' not in transform.meta_keys:
                transform.meta_keys = (*transform.meta_keys, 'frame_dir')

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Optional[dict] = None
    ) -> None:
        """Raise a ValueError for a loss that is not finite."""
        losses = {name: float(as_tensor(value).detach()) for name, value in (outputs or {}).items() if 'loss' in name}
        broken = [f'{name} is {value}' for name, value in losses.items() if not math.isfinite(value)]
        if not broken:
            return
        names = _names(data_batch)
        last = runner.message_hub.runtime_info.get('last_ckpt')
        raise ValueError(
            f'{", ".join(broken)} in epoch {runner.epoch + 1}, iteration {runner.iter + 1}; samples of the batch: '
            f'{", ".join(names[:_SHOWN]) or "without names"}{", …" if len(names) > _SHOWN else ""}. The last good '
            f'checkpoint is {last or "that before the run"}: lower the learning rate, or look for defects in the data '
            '(tools/data/inspect_data.py)'
        )


def _transforms(dataset: Any) -> Iterator[Any]:
    """Yield the transforms of a data set inside of any wrappers."""
    for inside in (getattr(dataset, 'dataset', None), *getattr(dataset, 'datasets', ())):
        if inside is not None:
            yield from _transforms(inside)
    yield from getattr(getattr(dataset, 'pipeline', None), 'transforms', ())


def _names(data_batch: Any) -> list:
    """Return the names of the samples in a batch."""
    samples = data_batch.get('data_samples', ()) if isinstance(data_batch, dict) else ()
    return [str(sample.get('frame_dir')) for sample in samples if sample.get('frame_dir') is not None]
