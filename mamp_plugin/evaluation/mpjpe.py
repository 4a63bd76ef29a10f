"""Mean per-joint position error of forecasts as a metric of the runner."""

from typing import Any, Dict, Optional, Sequence, Tuple

import numpy as np
import torch
from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from torch import Tensor

from .forecast import constant_pose, constant_velocity, joint_position_error, predictable, split_forecast

_PREDICTORS = ('', 'constant_pose_', 'constant_velocity_')


@METRICS.register_module()
class MPJPE(BaseMetric):
    """Mean per-joint position error (MPJPE) of forecasts and of two baselines without learning.

    The error of a pose is the mean Euclidean distance over its joints. At each horizon it is averaged over the persons
    present in that frame and in the history; a sequence counts once per such person. ``mpjpe/k`` is the error of the
    model at ``k`` frames, ``mpjpe/constant_pose_k`` that of keeping the last observed pose, and
    ``mpjpe/constant_velocity_k`` that of keeping the last observed velocity.

    Args:
        horizons (Sequence[int]): Future frames at which to measure, counted from 1. Defaults to
            ``(2, 4, 8, 10, 14, 25)``.
        scale (float): Factor of all errors; 1000 turns meters into millimeters. Defaults to 1000.
        collect_device (str): Device that collects the results of all ranks, 'cpu' or 'gpu'. Defaults to 'cpu'.
        prefix (str, optional): Prefix of the metric names. Defaults to None, which means 'mpjpe'.
    """

    default_prefix = 'mpjpe'

    def __init__(
        self,
        horizons: Sequence[int] = (2, 4, 8, 10, 14, 25),
        scale: float = 1000.0,
        collect_device: str = 'cpu',
        prefix: Optional[str] = None,
    ) -> None:
        if not horizons or min(horizons) < 1:
            raise ValueError(f'horizons must be frames counted from 1, got {horizons}')
        if scale <= 0:
            raise ValueError(f'scale must be positive, got {scale}')
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.horizons = tuple(horizons)
        self.scale = scale

    def process(self, data_batch: Dict[str, Any], data_samples: Sequence[dict]) -> None:
        """Store sums and counts of the errors of a batch.

        Args:
            data_batch (dict): The batch; ``inputs`` holds whole sequences, ``(1, M, T, V, C)`` each.
            data_samples (Sequence[dict]): Predictions, ``pred_future`` of shape ``(M, horizon, V, C)`` each.
        """
        sequences = torch.stack([clip for (clip,) in data_batch['inputs']]).float()
        predictions = torch.stack([sample['pred_future'] for sample in data_samples]).to(sequences.device)
        # arrays, because pickling a row of a tensor for other ranks pickles its whole batch
        self.results.extend(zip(*(values.cpu().numpy() for values in self.measure(sequences, predictions))))

    def measure(self, sequences: Tensor, predictions: Tensor) -> Tuple[Tensor, Tensor]:
        """Compute the errors of each sample.

        Args:
            sequences (Tensor): Histories and futures, ``(N, M, T, V, C)``.
            predictions (Tensor): Predicted futures, ``(N, M, horizon, V, C)``.

        Returns:
            tuple[Tensor]: Errors at each horizon summed over persons, of the prediction and both baselines,
            ``(N, 3, horizons)``, and the number of persons, ``(N, horizons)``.
        """
        horizon = predictions.size(2)
        if max(self.horizons) > horizon:
            raise ValueError(
                f'MPJPE has a horizon of {max(self.horizons)} frames, but the model predicts {horizon}; '
                'lower horizons of the metric or raise horizon of the head'
            )
        history, future = split_forecast(sequences, horizon)
        chosen = [frame - 1 for frame in self.horizons]
        counts = predictable(history, future)[..., chosen]
        predictors = (predictions, constant_pose(history, horizon), constant_velocity(history, horizon))
        errors = torch.stack([joint_position_error(poses, future)[..., chosen] for poses in predictors], dim=1)
        return (errors * counts.unsqueeze(1)).sum(dim=2), counts.sum(dim=1)

    def compute_metrics(self, results: Sequence[Tuple[np.ndarray, np.ndarray]]) -> Dict[str, float]:
        """Average the errors over all persons of all samples.

        Args:
            results (Sequence[tuple[np.ndarray]]): Sums and counts of :meth:`measure` for each sample.

        Returns:
            dict[str, float]: Errors at each horizon, times ``scale``.
        """
        sums, counts = (np.sum(values, axis=0, dtype=float) for values in zip(*results))
        skipped = sum(not count.any() for _, count in results)
        if skipped:
            print_log(f'{skipped} of {len(results)} sequences are too short or have no person to predict', 'current')
        if not counts.all():
            frame = self.horizons[int(counts.argmin())]
            raise ValueError(
                f'none of {len(results)} sequences has a person present {frame} frames after the history; '
                'lower the horizon of CropForecastFrames or check the data'
            )
        means = self.scale * sums / counts
        return {
            f'{name}{frame}': value
            for name, row in zip(_PREDICTORS, means.tolist())
            for frame, value in zip(self.horizons, row)
        }
