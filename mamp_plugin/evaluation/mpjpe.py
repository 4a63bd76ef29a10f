"""How far forecast joints are from where they turn out to be."""

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
    """Mean per-joint position error of forecasts, beside that of two forecasts without learning.

    The error of a pose is the mean distance over its joints. At each horizon, every person who is there in that frame
    and has been seen before counts once: a sequence of two persons counts twice, one of which nobody can be predicted
    not at all. Errors at ``k`` frames are under ``mpjpe/k``; ``mpjpe/constant_pose_k`` belongs to persons who stay as
    last seen, ``mpjpe/constant_velocity_k`` to joints that go on as between the last two frames.

    Args:
        horizons (Sequence[int]): After how many frames to measure, counted from 1. Defaults to
            ``(2, 4, 8, 10, 14, 25)``.
        scale (float): What distances are multiplied by; 1000 makes millimetres of metres. Defaults to 1000.
        collect_device (str): As for mmengine's metrics. Defaults to ``'cpu'``.
        prefix (str, optional): As for mmengine's metrics. Defaults to None, which means ``'mpjpe'``.
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
            raise ValueError(f'horizons must be numbers of frames from 1 on, got {horizons}')
        if scale <= 0:
            raise ValueError(f'scale must be positive, got {scale}')
        super().__init__(collect_device=collect_device, prefix=prefix)
        self.horizons = tuple(horizons)
        self.scale = scale

    def process(self, data_batch: Dict[str, Any], data_samples: Sequence[dict]) -> None:
        """Keeps sums and numbers of errors per sample.

        Args:
            data_batch (dict): The batch; its ``inputs`` hold the whole sequences, ``(1, M, T, V, C)`` each.
            data_samples (Sequence[dict]): What was predicted, ``pred_future`` of shape ``(M, horizon, V, C)`` each.
        """
        sequences = torch.stack([clip for (clip,) in data_batch['inputs']]).float()
        predictions = torch.stack([sample['pred_future'] for sample in data_samples]).to(sequences.device)
        # as arrays: a row of a tensor would travel between processes with its whole batch
        self.results.extend(zip(*(values.cpu().numpy() for values in self.measure(sequences, predictions))))

    def measure(self, sequences: Tensor, predictions: Tensor) -> Tuple[Tensor, Tensor]:
        """Errors of each sample.

        Args:
            sequences (Tensor): Histories and futures, ``(N, M, T, V, C)``.
            predictions (Tensor): What was predicted, ``(N, M, horizon, V, C)``.

        Returns:
            tuple[Tensor]: At each of the horizons, the sum over persons for the prediction and for both baselines,
            ``(N, 3, horizons)``, and how many persons these are, ``(N, horizons)``.
        """
        horizon = predictions.size(2)
        if max(self.horizons) > horizon:
            raise ValueError(
                f'MPJPE is asked for the error after {max(self.horizons)} frames, but the model predicts {horizon}; '
                'set horizons of the metric or horizon of the head'
            )
        history, future = split_forecast(sequences, horizon)
        chosen = [frame - 1 for frame in self.horizons]
        counts = predictable(history, future)[..., chosen]
        predictors = (predictions, constant_pose(history, horizon), constant_velocity(history, horizon))
        errors = torch.stack([joint_position_error(poses, future)[..., chosen] for poses in predictors], dim=1)
        return (errors * counts.unsqueeze(1)).sum(dim=2), counts.sum(dim=1)

    def compute_metrics(self, results: Sequence[Tuple[np.ndarray, np.ndarray]]) -> Dict[str, float]:
        """Means over all persons of all samples.

        Args:
            results (Sequence[tuple[np.ndarray]]): What :meth:`measure` returned, sample by sample.

        Returns:
            dict[str, float]: Errors at each of the horizons, times ``scale``.
        """
        sums, counts = (np.sum(values, axis=0, dtype=float) for values in zip(*results))
        left_out = sum(not count.any() for _, count in results)
        if left_out:
            print_log(f'{left_out} of {len(results)} sequences are too short or have nobody to predict', 'current')
        if not counts.all():
            frame = self.horizons[int(counts.argmin())]
            raise ValueError(
                f'in none of {len(results)} sequences is anybody there {frame} frames after the history; '
                'shorten the horizon of CropForecastFrames or look at the data'
            )
        means = self.scale * sums / counts
        return {
            f'{name}{frame}': value
            for name, row in zip(_PREDICTORS, means.tolist())
            for frame, value in zip(self.horizons, row)
        }
