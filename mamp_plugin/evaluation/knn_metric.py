"""How well the nearest neighbours among known samples name the others."""

from typing import Any, Dict, List, Optional, Sequence, Set, Tuple, Union

import torch
from mmaction.registry import METRICS
from mmengine.dist import all_gather, all_reduce, get_dist_info
from mmengine.evaluator import BaseMetric
from torch import Tensor

from .feature_bank import FeatureBank, FeaturePart, parts_of_all
from .neighbours import NeighbourSearch, check_size, check_votes, vote

#: What a sample must have, and who sees to it.
REQUIRED = dict(
    feature="the model's predict stores it: test a pretrainer (MAMP, PCM3), not a recogniser",
    gt_label='the data set must have labels, and PackActionInputs must be in the pipeline',
    in_gallery='RetrievalDataset stores it: use it in the data loader',
)
NAMES = ('gallery', 'queries')


@METRICS.register_module()
class KNNMetric(BaseMetric):
    """Accuracy of the k nearest neighbours by cosine.

    Samples have a ``feature`` of shape ``(D, )``, a ``gt_label``, and say by ``in_gallery`` whether they are known (the
    gallery) or to be classified (the queries). :class:`RetrievalDataset` marks them.

    Equals are told apart: of equally similar neighbours the one that comes first in the data set is the nearer, and of
    labels with equally many votes that of the nearest neighbour among them wins.

    Features stay where the model has made them, in memory once. Every process keeps those of its own samples and
    classifies its own queries; the gallery comes by process by process. Samples that the sampler has repeated to fill
    up the processes count once.

    Args:
        k (int or list[int]): How many neighbours vote; several numbers give several accuracies, ``acc_k1`` and so on.
            Defaults to 1.
        weights (str): 'majority' counts neighbours, 'temperature' counts ``exp(similarity / temperature)``.
            Defaults to 'majority'.
        temperature (float): Temperature of the votes. Defaults to 0.07.
        chunk_size (int): Features compared at a time, on both sides; more is a little faster and takes more memory.
            Defaults to 2048.
        prefix (str, optional): Stands before the names of the accuracies. Defaults to None, which is 'knn'.
    """

    default_prefix = 'knn'

    def __init__(
        self,
        k: Union[int, Sequence[int]] = 1,
        weights: str = 'majority',
        temperature: float = 0.07,
        chunk_size: int = 2048,
        prefix: Optional[str] = None,
    ) -> None:
        super().__init__(prefix=prefix)
        check_votes(weights, temperature)
        self.k = [k] if isinstance(k, int) else list(k)
        if not self.k or any(isinstance(each, bool) or not isinstance(each, int) or each < 1 for each in self.k):
            raise ValueError(f'k must be a whole number of at least 1, or a list of them, got {k!r}')
        if chunk_size < 1:
            raise ValueError(f'chunk_size must be at least 1, got {chunk_size!r}')
        self.weights = weights
        self.temperature = temperature
        self.chunk_size = chunk_size
        self._reset()

    def _reset(self) -> None:
        self._banks = {name: FeatureBank(self.chunk_size) for name in NAMES}
        self._shapes: Dict[str, Set[Tuple[int, ...]]] = {name: set() for name in NAMES}
        self._seen = 0

    @torch.no_grad()
    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Stores the features of a batch."""
        rank, world_size = get_dist_info()
        chosen: Dict[str, List[int]] = {name: [] for name in NAMES}
        for index, sample in enumerate(data_samples):
            self._check(sample)
            chosen['gallery' if sample['in_gallery'] else 'queries'].append(index)
        for name, indices in chosen.items():
            if indices:
                features = self._features([data_samples[index] for index in indices], name)
                labels = torch.cat([data_samples[index]['gt_label'] for index in indices])
                # as mmengine's sampler deals them out
                positions = (self._seen + torch.tensor(indices)) * world_size + rank
                self._banks[name].add(features, labels, positions)
        self._seen += len(data_samples)

    @staticmethod
    def _check(sample: dict) -> None:
        for key, remedy in REQUIRED.items():
            if key not in sample:
                raise ValueError(f'KNNMetric needs {key} in every sample; {remedy}. Found: {", ".join(sample)}')
        if sample['gt_label'].numel() != 1:
            raise ValueError(f'KNNMetric needs one class per sample, but gt_label is {sample["gt_label"].tolist()}')

    def _features(self, samples: Sequence[dict], name: str) -> Tensor:
        self._shapes[name].update(tuple(sample['feature'].shape) for sample in samples)
        shapes = set.union(*self._shapes.values())
        if len(shapes) > 1 or len(min(shapes)) != 1:
            found = ', '.join(f'{name}: {sorted(shapes)}' for name, shapes in self._shapes.items() if shapes)
            raise ValueError(
                f'every feature must be a vector of one and the same length, but their shapes are ({found}); '
                'features of gallery and queries must come from the same layer of the same model'
            )
        features = torch.stack([sample['feature'] for sample in samples])
        bad = int(features.isfinite().all(dim=1).logical_not().sum())
        if bad:
            raise ValueError(
                f'{bad} of {len(samples)} features of a batch ({name}) are NaN or infinite; the model has diverged, '
                'or its checkpoint is broken'
            )
        return features

    @torch.no_grad()
    def evaluate(self, size: int) -> Dict[str, float]:
        """Classifies the queries, and forgets all features.

        Args:
            size (int): Samples of the data set, gallery and queries together. What the sampler has added is left out.

        Returns:
            dict: An accuracy, from 0 to 1, for every k.
        """
        gallery, queries = (bank.parts(size) for bank in self._banks.values())
        self._reset()
        counts = self._counts(gallery, queries)
        sizes, asked, widths = counts.T.tolist()
        check_size(max(self.k), sum(sizes))
        search = NeighbourSearch([part.features for part in queries], max(self.k))
        device = (queries or gallery)[0].features.device if queries or gallery else torch.device('cpu')
        labels = torch.empty(size, dtype=torch.int64, device=device)
        for part in parts_of_all(gallery, sizes, self.chunk_size, max(widths), device):
            search.show(part.features, part.positions)
            labels[part.positions] = part.labels
        hits = torch.zeros(len(self.k), dtype=torch.int64, device=device)
        for part, (similarities, positions) in zip(queries, search.neighbours()):
            hits += self._hits(labels[positions], similarities, part.labels)
        all_reduce(hits)
        metrics = self.compute_metrics([count / sum(asked) for count in hits.tolist()])
        return {f'{self.prefix}/{name}': accuracy for name, accuracy in metrics.items()}

    def compute_metrics(self, results: Sequence[float]) -> Dict[str, float]:
        """Names results that are in the order of ``k``."""
        return {f'acc_k{k}': result for k, result in zip(self.k, results)}

    @staticmethod
    def _counts(gallery: Sequence[FeaturePart], queries: Sequence[FeaturePart]) -> Tensor:
        """Samples of gallery and queries and the length of their features, in every process, ``(processes, 3)``."""
        sizes = [sum(len(part.labels) for part in parts) for parts in (gallery, queries)]
        width = max((part.features.size(1) for part in (*gallery, *queries)), default=0)
        counts = torch.stack(all_gather(torch.tensor([*sizes, width])))
        for name, total in zip(NAMES, counts.sum(dim=0).tolist()):
            if total == 0:
                raise ValueError(f'there are no samples of the {name}; RetrievalDataset needs gallery and queries')
        return counts

    def _hits(self, labels: Tensor, similarities: Tensor, expected: Tensor) -> Tensor:
        """How many queries each k names rightly."""
        predicted = [vote(labels[:, :k], similarities[:, :k], self.weights, self.temperature) for k in self.k]
        return torch.stack([(each == expected).sum() for each in predicted])
