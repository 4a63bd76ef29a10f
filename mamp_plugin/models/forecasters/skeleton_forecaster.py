"""Motion forecasting: an encoder of the observed frames and a head that predicts the future."""

from typing import Dict, List, Optional, Union

from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from torch import Tensor

from mamp_plugin.evaluation.forecast import split_forecast

from ..pretrainers.base import SampleList, SkeletonPretrainer, fill_in


@MODELS.register_module()
class SkeletonForecaster(SkeletonPretrainer):
    """Motion forecasting: prediction of the last frames of a sequence from the first.

    Like a pretrainer, it is trained on sequences without labels. A batch has one clip per sample, whose last
    ``horizon`` frames are the future (see :class:`CropForecastFrames`). The encoder sees the history in front of them,
    or its last ``num_frames`` if the backbone is built for a fixed number. Absent persons count neither in the loss nor
    in the metric.

    Args:
        backbone (dict): Config of the backbone, see :func:`build_backbone`.
        head (dict): Config of the :class:`ForecastHead`; the facts about the backbone are filled in.
        data_preprocessor (dict, optional): Config of the data preprocessor. Defaults to
            ``dict(type='ActionDataPreprocessor')``.
        init_cfg (dict or list[dict], optional): Initialization config. Defaults to None.
    """

    def __init__(
        self,
        backbone: dict,
        head: dict,
        data_preprocessor: Optional[dict] = None,
        init_cfg: Union[dict, List[dict], None] = None,
    ) -> None:
        super().__init__(backbone, data_preprocessor, init_cfg)
        facts = dict(
            layout=self.backbone.layout,
            in_channels=self.backbone.out_channels,
            coordinates=self.backbone.in_channels,
            num_persons=self.backbone.num_persons or 1,
            joint_patch=self.backbone.patch_size[1],
        )
        self.head = MODELS.build(fill_in(head, 'head', **facts))

    def forecast(self, history: Tensor) -> Tensor:
        """Predict the frames after a history: ``(N, M, T, V, C)`` to ``(N, M, horizon, V, C)``."""
        return self.head.predict(self._encode(history), history)

    def loss(self, inputs: Tensor, data_samples: Optional[SampleList] = None) -> Dict[str, Tensor]:
        """Return the loss of a batch.

        Args:
            inputs (Tensor): Histories and futures, ``(N, 1, M, T, V, C)``.
            data_samples (list[ActionDataSample], optional): Ignored.

        Returns:
            dict[str, Tensor]: The key ``loss``.
        """
        history, future = split_forecast(self._only_clip(inputs), self.head.horizon)
        return dict(loss=self.head.loss(self._encode(history), history, future))

    def predict(self, inputs: Tensor, data_samples: Optional[SampleList] = None) -> SampleList:
        """Set ``pred_future``, ``(M, horizon, V, C)``, of each sample, predicted from its history alone.

        Args:
            inputs (Tensor): Histories and futures, ``(N, 1, M, T, V, C)``.
            data_samples (list[ActionDataSample], optional): Samples that receive the predictions.

        Returns:
            list[ActionDataSample]: One per sample.
        """
        history, _ = split_forecast(self._only_clip(inputs), self.head.horizon)
        data_samples = data_samples or [ActionDataSample() for _ in inputs]
        for data_sample, future in zip(data_samples, self.forecast(history)):
            data_sample.set_field(future, 'pred_future')
        return data_samples

    def extract_feat(self, inputs: Tensor) -> Tensor:
        """Return the backbone's features of the histories, ``(N, 1, M, T, V, C)`` to ``(N, M', D, T', V')``."""
        return self._encode(split_forecast(self._only_clip(inputs), self.head.horizon)[0])

    def _encode(self, history: Tensor) -> Tensor:
        num_frames = self.backbone.num_frames or history.size(2)
        return self.backbone(history[:, :, -num_frames:])

    @staticmethod
    def _only_clip(inputs: Tensor) -> Tensor:
        """Return the sequences of a batch of single clips, ``(N, M, T, V, C)``."""
        if inputs.size(1) != 1:
            raise ValueError(
                f'SkeletonForecaster takes one clip per sample, (N, 1, M, T, V, C), got {tuple(inputs.shape)}; '
                'is CropForecastFrames in the pipeline?'
            )
        return inputs[:, 0]
