"""Hook that makes random draws and the order of batches reproducible across resumption."""

from typing import Any, Optional

from mmaction.registry import HOOKS
from mmengine.dataset import InfiniteSampler
from mmengine.dist import all_gather, get_rank, get_world_size
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import IterBasedTrainLoop, Runner
from torch import nn

from ..seeded_batches import endless_batches, seed_batches, seed_generators

#: Entry of a checkpoint for what mmengine does not save: position in the epoch, seed of the sampler, buffers of ranks.
STATE = 'exact_resumption'


@HOOKS.register_module()
class EpochSeedHook(Hook):
    """Exact resumption: seeds from the position in the run, and no batch drawn twice.

    mmengine seeds once per process, and a run that is resumed in the middle of an epoch begins that epoch anew. With
    this hook random draws depend only on the seed of the run, epoch, iteration and rank, those of augmentation on the
    place of the batch, in whichever worker it is loaded. A resumed epoch goes on behind the last batch of the
    checkpoint, in mmengine's ``EpochBasedTrainLoop`` as in its ``IterBasedTrainLoop``.
    """

    priority = 'VERY_HIGH'

    def __init__(self) -> None:
        self._loaded: dict = {}
        self._batches_done = 0
        self._rank_buffers: dict = {}

    def before_train(self, runner: Runner) -> None:
        """Let the data loader seed its batches, and go back to the state of the checkpoint."""
        loader, loop = runner.train_dataloader, runner.train_loop
        if len(loader) == 0 and not isinstance(loader.sampler, InfiniteSampler):
            raise ValueError(
                f'an epoch has no batch: {len(loader.sampler)} training samples per rank do not fill '
                f'train_dataloader.batch_size={loader.batch_size}, and train_dataloader.drop_last={loader.drop_last} '
                'drops incomplete batches; lower batch_size or set drop_last=False'
            )
        self._batches = seed_batches(loader, runner.seed, get_rank())
        if loop.iter:  # resumed
            self._restore(runner)
        if isinstance(loop, IterBasedTrainLoop):
            loop.dataloader_iterator = endless_batches(loader, loop.iter)

    def before_train_epoch(self, runner: Runner) -> None:
        """Seed the generators of this rank, and skip the batches of this epoch that were trained with."""
        seed_generators(runner.seed, get_rank(), runner.epoch)
        if isinstance(runner.train_loop, IterBasedTrainLoop):
            return
        self._batches.epoch, self._batches.start = runner.epoch, self._batches_done
        if self._batches_done:
            _number_batches_from(self._batches_done, runner.train_loop)

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: Any = None) -> None:
        """Seed the generators of this rank, of which the model draws."""
        seed_generators(runner.seed, get_rank(), 0, runner.iter, 1)

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Optional[dict] = None
    ) -> None:
        """Count the batch."""
        self._batches_done = batch_idx + 1

    def after_train_epoch(self, runner: Runner) -> None:
        """Begin the next epoch at its first batch."""
        self._batches_done = 0
        vars(runner.train_loop).pop('run_iter', None)

    def gather_rank_state(self, runner: Runner) -> None:
        """Collect buffers that differ between ranks, such as batch statistics in an epoch; called on all ranks."""
        self._rank_buffers = {}
        if get_world_size() > 1:
            for name, buffer in _unwrapped(runner).named_buffers():
                of_ranks = [part.cpu() for part in all_gather(buffer.contiguous())]
                if any(not part.equal(of_ranks[0]) for part in of_ranks):
                    self._rank_buffers[name] = of_ranks

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Save the position in the epoch, the seed of the sampler and the buffers of the ranks."""
        checkpoint[STATE] = dict(
            batches_done=self._batches_done,
            batches=len(self._batches),
            sampler_seed=getattr(self._batches.sampler, 'seed', None),
            buffers=self._rank_buffers,
        )
        self._rank_buffers = {}

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Keep that state until the run is resumed."""
        self._loaded = checkpoint.get(STATE, {})

    def _restore(self, runner: Runner) -> None:
        saved, sampler, batches = self._loaded, self._batches.sampler, len(self._batches)
        if saved.get('sampler_seed') is not None and hasattr(sampler, 'seed'):
            sampler.seed = saved['sampler_seed']
        # with another batch size or number of ranks the same share of the epoch
        self._batches_done = saved.get('batches_done', 0) * batches // max(saved.get('batches', 1), 1)
        buffers = dict(_unwrapped(runner).named_buffers())
        for name, of_ranks in saved.get('buffers', {}).items():
            if name in buffers and len(of_ranks) == get_world_size():
                buffers[name].copy_(of_ranks[get_rank()])


def _number_batches_from(start: int, loop: Any) -> None:
    """Let an epoch-based loop, which counts batches from 0, tell hooks their number in the whole epoch."""
    run_iter = loop.run_iter
    loop.run_iter = lambda idx, data_batch: run_iter(start + idx, data_batch)


def _unwrapped(runner: Runner) -> nn.Module:
    return runner.model.module if is_model_wrapper(runner.model) else runner.model
