"""k-nearest-neighbor accuracy of features as a metric of the runner."""

from typing import Any, Dict, Iterator, List, Optional, Sequence, Set, Tuple, Union

import torch
from mmaction.registry import METRICS
from mmengine.dist import all_gather_object, all_reduce, broadcast, get_dist_info, get_rank
from mmengine.evaluator import BaseMetric
from torch.nn import functional as F

from .nearest_neighbors import Samples, check_votes, search, vote
from .whitening import fit_whitening

#: Keys every sample needs, and the remedy if one is missing.
REQUIRED = dict(
    feature='test a pretrainer (MAMP, PCM3), which stores it in predict mode; a recognizer does not',
    gt_label='use a data set with labels and put PackActionInputs into the pipeline',
    in_gallery='use RetrievalDataset in the data loader, which stores it',
)


@METRICS.register_module()
class KNNMetric(BaseMetric):
    """Accuracy of k-nearest-neighbor classification by cosine similarity.

    Samples need a ``feature`` ``(D, )``, a ``gt_label`` and ``in_gallery``, which tells the labeled samples (the
    gallery) from those to classify (the queries). :class:`RetrievalDataset` sets it.

    Ties are broken deterministically: of equally similar neighbors the first one in the data set is the nearer, and of
    labels with equally many votes that of the nearest neighbor wins.

    Features are stored once, on the device that computed them. Each rank keeps its own samples and classifies its own
    queries; the gallery is broadcast chunk by chunk. Samples that the sampler repeats to fill up ranks count once.

    Args:
        k (int or list[int]): Number of neighbors that vote; each number gives an accuracy, ``acc_k1`` and so on.
            Defaults to 1.
        weights (str): 'majority' counts neighbors, 'temperature' weights each by ``exp(similarity / temperature)``.
            Defaults to 'majority'.
        temperature (float): Temperature of the weights. Defaults to 0.07.
        chunk_size (int): Queries and gallery samples compared at a time, at least a batch: larger chunks are faster
            and take more memory. Defaults to 2048.
        whiten (int, optional): Components of a whitening fitted on the gallery, see :func:`fit_whitening`. Defaults to
            None: no whitening.
        prefix (str, optional): Prefix of the metric names. Defaults to None, which means 'knn'.
    """

    default_prefix = 'knn'

    def __init__(
        self,
        k: Union[int, Sequence[int]] = 1,
        weights: str = 'majority',
        temperature: float = 0.07,
        chunk_size: int = 2048,
        whiten: Optional[int] = None,
        prefix: Optional[str] = None,
    ) -> None:
        super().__init__(prefix=prefix)
        check_votes(weights, temperature)
        self.k = [k] if isinstance(k, int) else list(k)
        if not self.k or any(isinstance(each, bool) or not isinstance(each, int) or each < 1 for each in self.k):
            raise ValueError(f'k must be an integer of at least 1, or a list of them, got {k!r}')
        if whiten is not None and whiten < 1:
            raise ValueError(f'whiten must be at least 1 component, or None, got {whiten!r}')
        if chunk_size < 1:
            raise ValueError(f'chunk_size must be at least 1, got {chunk_size!r}')
        self.weights = weights
        self.temperature = temperature
        self.chunk_size = chunk_size
        self.whiten = whiten
        self._reset()

    def _reset(self) -> None:
        self._batches: Dict[str, List[Samples]] = dict(gallery=[], queries=[])
        self._shapes: Set[Tuple[int, ...]] = set()
        self._seen = 0

    @torch.no_grad()
    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Store the features of a batch."""
        self._check(data_samples)
        rank, world_size = get_dist_info()
        sides = ['gallery' if sample['in_gallery'] else 'queries' for sample in data_samples]
        for side in set(sides):
            indices = [index for index, each in enumerate(sides) if each == side]
            features = torch.stack([data_samples[index]['feature'] for index in indices])
            labels = torch.cat([data_samples[index]['gt_label'] for index in indices])
            # mmengine's DefaultSampler deals samples to ranks in turn
            positions = (self._seen + torch.tensor(indices, device=labels.device)) * world_size + rank
            features = features.float() if self.whiten else F.normalize(features.float(), dim=1)
            self._batches[side].append(Samples(features, labels, positions))
        self._seen += len(data_samples)

    def _check(self, data_samples: Sequence[dict]) -> None:
        for sample in data_samples:
            for key, remedy in REQUIRED.items():
                if key not in sample:
                    raise ValueError(f'KNNMetric needs {key} in every sample, found {", ".join(sample)}; {remedy}')
            if sample['gt_label'].numel() != 1:
                raise ValueError(f'KNNMetric needs one class per sample, but gt_label is {sample["gt_label"].tolist()}')
        self._shapes.update(tuple(sample['feature'].shape) for sample in data_samples)
        if len(self._shapes) > 1 or any(len(shape) != 1 for shape in self._shapes):
            raise ValueError(
                f'features must be vectors of one length, got shapes {sorted(self._shapes)}; '
                'take features of gallery and queries from the same layer of the same model'
            )
        finite = torch.stack([sample['feature'] for sample in data_samples]).isfinite().all(dim=1)
        bad = int((~finite).sum())
        if bad:
            raise ValueError(
                f'{bad} of {len(data_samples)} features of a batch are NaN or infinite; '
                'the model has diverged, or its checkpoint is broken'
            )

    @torch.no_grad()
    def evaluate(self, size: int) -> Dict[str, float]:
        """Classify the queries and drop all features.

        Args:
            size (int): Number of samples in the data set; what the sampler repeats beyond it is ignored.

        Returns:
            dict: An accuracy in [0, 1] for every k.
        """
        gallery, queries = (self._chunks(self._batches[side], size) for side in ('gallery', 'queries'))
        device = next((chunk.labels.device for chunk in (*queries, *gallery)), torch.device('cpu'))
        if self.whiten is not None:
            self._whiten(gallery, queries, device)
        self._reset()
        found = search([part.features for part in queries], _broadcast_chunks(gallery, device), max(self.k))
        hits = torch.zeros(len(self.k) + 1, dtype=torch.int64, device=device)
        for part, (similarities, labels) in zip(queries, found):
            for index, k in enumerate(self.k):
                predicted = vote(labels[:, :k], similarities[:, :k], self.weights, self.temperature)
                hits[index] += (predicted == part.labels).sum()
            hits[-1] += len(part.labels)
        all_reduce(hits)
        *counts, num_queries = hits.tolist()
        if num_queries == 0:
            raise ValueError('there are no queries; RetrievalDataset needs gallery and queries')
        metrics = self.compute_metrics([count / num_queries for count in counts])
        return {f'{self.prefix}/{name}': accuracy for name, accuracy in metrics.items()}

    def _whiten(self, gallery: List[Samples], queries: List[Samples], device: torch.device) -> None:
        """Whiten features in place, as the galleries of all ranks say, and normalize their length."""
        own = [part.features for part in gallery] or [torch.empty(0, *next(iter(self._shapes)), device=device)]
        whitening = fit_whitening(own, self.whiten, all_reduce)
        for side in (gallery, queries):
            side[:] = [part._replace(features=F.normalize(whitening(part.features), dim=1)) for part in side]

    def compute_metrics(self, results: Sequence[float]) -> Dict[str, float]:
        """Name the accuracies, which are in the order of ``k``."""
        return {f'acc_k{k}': result for k, result in zip(self.k, results)}

    def _chunks(self, batches: List[Samples], size: int) -> List[Samples]:
        """Concatenate batches to chunks; the list is emptied meanwhile, so that features are in memory once."""
        chunks = []
        while batches:
            count = max(1, self.chunk_size // max(len(batch.labels) for batch in batches))
            chunk = Samples(*map(torch.cat, zip(*batches[:count])))
            del batches[:count]
            kept = int((chunk.positions < size).sum())  # positions ascend
            if kept:
                chunks.append(Samples(*(tensor[:kept] for tensor in chunk)))
        return chunks


def _broadcast_chunks(own: List[Samples], device: torch.device) -> Iterator[Samples]:
    """Broadcast the chunks of all ranks, one at a time; all ranks get the same, in the same order."""
    for source, shapes in enumerate(all_gather_object([chunk.features.shape for chunk in own])):
        for index, shape in enumerate(shapes):
            if source == get_rank():
                chunk = own[index]
            else:
                integers = torch.empty(2, shape[0], dtype=torch.int64, device=device)
                chunk = Samples(torch.empty(shape, device=device), *integers)
            for tensor in chunk:
                broadcast(tensor, src=source)
            yield chunk
