"""Hook that makes random draws reproducible across resumption."""

import numpy as np
from mmaction.registry import HOOKS
from mmengine.dataset import InfiniteSampler
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.runner import Runner, set_random_seed


@HOOKS.register_module()
class EpochSeedHook(Hook):
    """Seeding of all random generators from the seed of the run, the epoch and the rank.

    mmengine seeds once per process, so a resumed run repeats the random numbers of its first epochs, and data loader
    workers get the same seeds in every epoch. With this hook the random numbers of an epoch (masks, dropout,
    augmentation in workers) depend only on its index, and ranks differ.
    """

    priority = 'VERY_HIGH'

    def before_train(self, runner: Runner) -> None:
        """Let PyTorch seed the workers, which it does from the main process at the start of each epoch."""
        loader = runner.train_dataloader
        if len(loader) == 0 and not isinstance(loader.sampler, InfiniteSampler):
            raise ValueError(
                f'an epoch has no batch: {len(loader.sampler)} training samples per rank do not fill '
                f'train_dataloader.batch_size={loader.batch_size}, and train_dataloader.drop_last={loader.drop_last} '
                'drops incomplete batches; lower batch_size or set drop_last=False'
            )
        loader.worker_init_fn = None
        if loader.persistent_workers:
            runner.logger.warning(
                'train_dataloader.persistent_workers=True keeps the RNG state of workers across epochs, so a resumed '
                'run will not draw the same augmentations; set it to False for exact resumption'
            )

    def before_train_epoch(self, runner: Runner) -> None:
        """Seed the random generators of this rank."""
        sequence = np.random.SeedSequence((runner.seed, runner.epoch, get_rank()))
        set_random_seed(int(sequence.generate_state(1)[0]))
