"""Hook that keeps the number of samples of a step the same when a run is resumed."""

from math import prod
from typing import Any, Dict, Optional

from mmaction.registry import HOOKS
from mmengine.dist import get_world_size
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import BaseLoop, Runner
from torch.utils.data import DataLoader

#: Key in the metadata of a checkpoint.
_KEY = 'samples_per_step'


@HOOKS.register_module()
class BatchSizeHook(Hook):
    """Check of the number of samples per optimizer step: processes x batch size x accumulated batches.

    Checkpoints record it. A run that is resumed with another one is refused, as the learning rate of the checkpoint is
    for the old one. Gradient accumulation is refused where accumulated batches are not equal to one large batch.
    """

    def before_train(self, runner: Runner) -> None:
        """Refuse gradient accumulation that the model does not support."""
        model: Any = runner.model.module if is_model_wrapper(runner.model) else runner.model
        problem: Optional[str] = getattr(model, 'accumulation_problem', None)
        count = _factors(runner)['accumulated batches']
        if problem and count > 1:
            raise ValueError(
                f'optim_wrapper.accumulative_counts={count} is not equal to a batch {count} times as large with '
                f'{type(model).__name__}: {problem}; set it to 1 and raise train_dataloader.batch_size or the number '
                'of processes'
            )

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Record the number of samples."""
        checkpoint['meta'][_KEY] = _factors(runner)

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Compare the number of samples with that of the checkpoint that the run is resumed from."""
        # not runner.train_loop, which would build the loop during a test
        if not runner._resume or not isinstance(runner._train_loop, BaseLoop):
            return
        before, now = (checkpoint.get('meta') or {}).get(_KEY), _factors(runner)
        if isinstance(before, dict) and prod(before.values()) != prod(now.values()):
            raise ValueError(
                f'the checkpoint was trained with {_text(before)} samples a step, but this run has {_text(now)}; '
                'choose train_dataloader.batch_size or optim_wrapper.accumulative_counts so that they are equal, or '
                'leave out --resume and start from its weights (--cfg-options load_from=CHECKPOINT)'
            )


def _factors(runner: Runner) -> Dict[str, int]:
    wrapper = runner.optim_wrapper
    accumulated = wrapper.get('accumulative_counts', 1) if isinstance(wrapper, dict) else wrapper._accumulative_counts
    batch_size = samples_per_batch(runner.train_dataloader)
    return {'processes': get_world_size(), 'batch size': batch_size, 'accumulated batches': accumulated}


def samples_per_batch(loader: DataLoader) -> int:
    """Return the batch size, also of a loader whose batch sampler decides on it."""
    return getattr(loader.batch_sampler, 'batch_size', loader.batch_size)


def _text(factors: Dict[str, int]) -> str:
    return f'{" x ".join(f"{value} ({name})" for name, value in factors.items())} = {prod(factors.values())}'
