"""Several data sets of different skeleton layouts in one training run."""

from typing import Any, Dict, Iterator, List, Optional

import numpy as np
from mmaction.registry import DATA_SAMPLERS, DATASETS
from mmengine.dataset import ConcatDataset, DefaultSampler, force_full_init


@DATASETS.register_module()
class MixedLayoutDataset(ConcatDataset):
    """Concatenation of data sets, each of one skeleton layout.

    Sequences of different layouts do not fit into one batch, so :class:`MixedLayoutBatchSampler` draws the batches::

        train_dataloader = dict(
            batch_size=32,
            drop_last=False,
            sampler=dict(type='DefaultSampler', shuffle=True),
            batch_sampler=dict(type='MixedLayoutBatchSampler'),
            dataset=dict(type='MixedLayoutDataset', datasets=[...], pipeline=[...]),
        )

    Example:
        >>> parts = [dict(type='SyntheticSkeletonDataset', layout=layout) for layout in ('nturgb+d', 'kinect_v1')]
        >>> dataset = MixedLayoutDataset(parts, pipeline=[])
        >>> {layout: len(samples) for layout, samples in dataset.samples_by_layout().items()}
        {'nturgb+d': 1536, 'kinect_v1': 1536}

    Args:
        datasets (list[dict]): Configs of data sets with a ``layout``.
        pipeline (list[dict], optional): Transforms of all data sets. Defaults to None: each config has its own.
        **kwargs: Arguments of mmengine's ``ConcatDataset``. Metainfo may differ.
    """

    def __init__(self, datasets: List[dict], pipeline: Optional[list] = None, **kwargs: Any) -> None:
        shared = {} if pipeline is None else dict(pipeline=pipeline)
        kwargs.setdefault('ignore_keys', ['classes', 'layout'])
        super().__init__([dict(dataset, **shared) for dataset in datasets], **kwargs)
        for index, dataset in enumerate(self.datasets):
            if dataset.metainfo.get('layout') is None:
                raise ValueError(
                    f'datasets[{index}] of MixedLayoutDataset, a {type(dataset).__name__}, has no layout; set it'
                )

    @force_full_init
    def samples_by_layout(self) -> Dict[str, np.ndarray]:
        """Return the indices of the samples of each layout."""
        found: Dict[str, List[np.ndarray]] = {}
        for dataset, end in zip(self.datasets, self.cumulative_sizes):
            found.setdefault(dataset.metainfo['layout'], []).append(np.arange(end - len(dataset), end))
        return {layout: np.concatenate(indices) for layout, indices in found.items()}


@DATA_SAMPLERS.register_module()
class MixedLayoutBatchSampler:
    """Batches of one layout each, of all layouts in turn.

    In a round, every layout gives one batch per rank, and all ranks have the same layout at the same step. An epoch has
    as many rounds as the layout with the most samples has batches. Samples of the other layouts are used again, each
    as often as any other of its layout or once more. The order depends only on seed and epoch of the sampler, so that
    a resumed run continues exactly.

    Example:
        >>> parts = [dict(type='SyntheticSkeletonDataset', layout=layout) for layout in ('nturgb+d', 'kinect_v1')]
        >>> sampler = DefaultSampler(MixedLayoutDataset(parts, pipeline=[]))
        >>> [len(batch) for batch in MixedLayoutBatchSampler(sampler, batch_size=32)][:2]
        [32, 32]

    Args:
        sampler (DefaultSampler): Sampler of a :class:`MixedLayoutDataset`, whose ``shuffle``, ``seed``, epoch and rank
            are used.
        batch_size (int): Samples per batch and rank.
        drop_last (bool): Leave out the last samples of the largest layout if they do not fill a batch on every rank,
            instead of filling it up with used ones. Defaults to False.
    """

    def __init__(self, sampler: DefaultSampler, batch_size: int, drop_last: bool = False) -> None:
        if not isinstance(sampler, DefaultSampler) or not isinstance(sampler.dataset, MixedLayoutDataset):
            raise TypeError(
                'MixedLayoutBatchSampler needs a DefaultSampler of a MixedLayoutDataset, got a '
                f'{type(sampler).__name__} of a {type(sampler.dataset).__name__}'
            )
        self.sampler = sampler
        self.batch_size = batch_size
        self._samples = sampler.dataset.samples_by_layout()
        largest = max(map(len, self._samples.values()))
        self._step = batch_size * sampler.world_size
        self._rounds = largest // self._step if drop_last else -(-largest // self._step)
        if self._rounds == 0:
            raise ValueError(
                f'an epoch has no batch: the {largest} samples of the largest layout do not fill batch_size='
                f'{batch_size} on {sampler.world_size} ranks; lower batch_size or set drop_last=False'
            )

    def __iter__(self) -> Iterator[List[int]]:
        draw = np.random.default_rng([self.sampler.seed, self.sampler.epoch])
        orders = [self._order(samples, draw) for samples in self._samples.values()]
        for batches in zip(*orders):
            for batch in batches:
                yield batch[self.sampler.rank :: self.sampler.world_size].tolist()

    def __len__(self) -> int:
        """Number of batches of an epoch."""
        return self._rounds * len(self._samples)

    def _order(self, samples: np.ndarray, draw: np.random.Generator) -> np.ndarray:
        """Return the samples of an epoch that all ranks share in each round, ``(rounds, step)``."""
        count = self._rounds * self._step
        passes = -(-count // len(samples))
        order = [draw.permutation(samples) if self.sampler.shuffle else samples for _ in range(passes)]
        return np.concatenate(order)[:count].reshape(self._rounds, self._step)
