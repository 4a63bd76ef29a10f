"""Gallery and queries of a retrieval task in one data set."""

from typing import Any, Dict, Optional

from mmaction.registry import DATASETS
from mmengine.dataset import ConcatDataset


@DATASETS.register_module()
class RetrievalDataset(ConcatDataset):
    """Concatenation of gallery and queries, told apart by ``in_gallery`` of their data samples.

    An ordinary test loop extracts the features of both, and :class:`KNNMetric` compares them.

    Args:
        gallery (dict): Config of the data set of labeled samples.
        queries (dict): Config of the data set of samples to classify.
        pipeline (list[dict], optional): Transforms of both, ending with a transform that makes ``data_samples``, such
            as ``PackActionInputs``. Defaults to None, the pipelines of the two configs.
        **kwargs: Arguments of mmengine's ``ConcatDataset``.
    """

    def __init__(self, gallery: dict, queries: dict, pipeline: Optional[list] = None, **kwargs: Any) -> None:
        shared: Dict[str, Any] = dict(test_mode=True)
        if pipeline is not None:
            shared['pipeline'] = pipeline
        super().__init__([dict(gallery, **shared), dict(queries, **shared)], **kwargs)

    def __getitem__(self, idx: int) -> Dict[str, Any]:
        sample = super().__getitem__(idx)
        index, _ = self._get_ori_dataset_idx(idx)
        sample['data_samples'].set_field(index == 0, 'in_gallery')
        return sample
