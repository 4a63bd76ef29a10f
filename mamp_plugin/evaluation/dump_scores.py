"""Metric that writes the scores of all samples to a file."""

from typing import Any, Dict, List, Optional, Sequence

from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from mamp_plugin.output_files import check_file

from .score_files import save_scores


@METRICS.register_module()
class DumpScores(BaseMetric):
    """Writer of sample names, labels and scores as plain arrays.

    Unlike the pickles of mmengine's ``DumpResults``, the file loads without unpickling, and names align the files of
    several models.

    Args:
        out_file_path (str): The ``.npz`` file; read it with :func:`mamp_plugin.evaluation.load_scores`.
        collect_device (str): Device that collects the results of all ranks, 'cpu' or 'gpu'. Defaults to 'cpu'.
        collect_dir (str, optional): Folder shared by all ranks, for 'cpu'. Defaults to None.
    """

    default_prefix = 'scores'

    def __init__(self, out_file_path: str, collect_device: str = 'cpu', collect_dir: Optional[str] = None) -> None:
        if not out_file_path.endswith('.npz'):
            raise ValueError(f'out_file_path must end with .npz, got {out_file_path}')
        check_file(out_file_path)  # before the test rather than after it
        super().__init__(collect_device=collect_device, collect_dir=collect_dir)
        self.out_file_path = out_file_path

    def process(self, data_batch: Any, data_samples: Sequence[Dict]) -> None:
        """Store names, labels and scores of a batch."""
        for sample in data_samples:
            name = sample.get('frame_dir', sample.get('filename'))
            if name is None:
                raise ValueError(
                    "DumpScores needs sample names; set algorithm_keys=('frame_dir',) of PackActionInputs in the test "
                    'pipeline, or use tools/test.py --dump, which does'
                )
            if sample['gt_label'].numel() != 1:
                raise ValueError(f"DumpScores needs one class per sample, got several for '{name}'")
            self.results.append((name, sample['gt_label'].item(), sample['pred_score'].float().cpu().numpy()))

    def compute_metrics(self, results: List) -> Dict:
        """Write the file and return no metrics."""
        save_scores(self.out_file_path, *zip(*results))
        print_log(f'scores of {len(results)} samples written to {self.out_file_path}', logger='current')
        return {}
