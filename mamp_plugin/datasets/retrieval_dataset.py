"""Known samples and samples to be named, in one data set."""

from typing import Any, Dict, Optional

from mmaction.registry import DATASETS
from mmengine.dataset import ConcatDataset


@DATASETS.register_module()
class RetrievalDataset(ConcatDataset):
    """The gallery, then the queries; data samples say by ``in_gallery`` where they belong.

    So an ordinary test loop computes the features of both, and :class:`KNNMetric` compares them.

    Args:
        gallery (dict): Config of the data set whose samples are known.
        queries (dict): Config of the data set whose samples are to be named.
        pipeline (list[dict], optional): Transforms of both; ``PackActionInputs`` or another one that gives
            ``data_samples`` is the last. Defaults to None, which leaves those of their configs.
        **kwargs: As for mmengine's ``ConcatDataset``.
    """

    def __init__(self, gallery: dict, queries: dict, pipeline: Optional[list] = None, **kwargs) -> None:
        shared = dict(test_mode=True)
        if pipeline is not None:
            shared['pipeline'] = pipeline
        super().__init__([dict(gallery, **shared), dict(queries, **shared)], **kwargs)

    def __getitem__(self, idx: int) -> Dict[str, Any]:
        sample = super().__getitem__(idx)
        index, _ = self._get_ori_dataset_idx(idx)
        sample['data_samples'].set_field(index == 0, 'in_gallery')
        return sample
