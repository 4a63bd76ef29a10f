"""Makes a resumed run draw what the uninterrupted one would have drawn."""

import numpy as np
from mmaction.registry import HOOKS
from mmengine.dataset import InfiniteSampler
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.runner import Runner, set_random_seed


@HOOKS.register_module()
class EpochSeedHook(Hook):
    """Seeds every random generator from the run's seed, the epoch and the rank.

    mmengine seeds once per process, so a resumed run repeats the draws of its first epochs, and gives its data loader
    workers the same seeds in every epoch. With this hook an epoch's draws (masks, dropout, augmentation in the workers)
    depend on its number alone, and ranks differ.
    """

    priority = 'VERY_HIGH'

    def before_train(self, runner: Runner) -> None:
        """Leaves the workers' seeds to PyTorch, which derives them from the main process at the start of an epoch."""
        loader = runner.train_dataloader
        if len(loader) == 0 and not isinstance(loader.sampler, InfiniteSampler):
            raise ValueError(
                f'an epoch has no batch: there are {len(loader.sampler)} training samples (per process) for '
                f'train_dataloader.batch_size={loader.batch_size}, and train_dataloader.drop_last={loader.drop_last} '
                'leaves out batches that are not full; lower batch_size or set drop_last=False'
            )
        loader.worker_init_fn = None
        if loader.persistent_workers:
            runner.logger.warning(
                'train_dataloader.persistent_workers=True keeps the random state of the workers from epoch to epoch, '
                'so a resumed run will not draw the same augmentations; set it to False for exact resumption'
            )

    def before_train_epoch(self, runner: Runner) -> None:
        sequence = np.random.SeedSequence((runner.seed, runner.epoch, get_rank()))
        set_random_seed(int(sequence.generate_state(1)[0]))
