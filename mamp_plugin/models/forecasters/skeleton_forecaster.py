"""An encoder that sees the beginning of a movement, and a head that predicts the rest."""

from typing import Dict, List, Optional, Union

from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from torch import Tensor

from mamp_plugin.evaluation.forecast import split_forecast

from ..pretrainers.base import SampleList, SkeletonPretrainer, fill_in


@MODELS.register_module()
class SkeletonForecaster(SkeletonPretrainer):
    """Motion prediction: from the first frames of a sequence the last ones.

    Like a pretrainer it learns from sequences without labels. A batch has one clip per sample, whose last ``horizon``
    frames are the future (see :class:`CropForecastFrames`). The encoder sees the frames in front of them, or the last
    ``num_frames`` of these if it is built for a number of frames. Absent persons are predicted, too, but count neither
    in the loss nor in the metric.

    Args:
        backbone (dict): Config of the backbone.
        head (dict): Config of the :class:`ForecastHead`. What the backbone tells of itself need not be given; of
            mmaction2's graph convolutions, which tell nothing, ``layout`` and ``in_channels`` must be.
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
        self.head = MODELS.build(fill_in(head, 'head', **self._known_by_backbone()))

    def _known_by_backbone(self) -> dict:
        """What the backbone tells of its features, in the words of the head."""
        names = dict(layout='layout', embed_dims='in_channels', in_channels='coordinates', num_persons='num_persons')
        facts = {name: getattr(self.backbone, own) for own, name in names.items() if hasattr(self.backbone, own)}
        if 'num_persons' in facts:
            facts['joint_patch'] = None
        elif hasattr(self.backbone, 'patch_size'):
            facts['joint_patch'] = self.backbone.patch_size[1]
        return facts

    def forecast(self, history: Tensor) -> Tensor:
        """Predicts what comes after all that is given: ``(N, M, T, V, C)`` to ``(N, M, horizon, V, C)``."""
        return self.head.predict(self._encode(history), history)

    def loss(self, inputs: Tensor, data_samples: Optional[SampleList] = None) -> Dict[str, Tensor]:
        """The loss of a batch.

        Args:
            inputs (Tensor): Histories and futures, ``(N, 1, M, T, V, C)``.
            data_samples (list[ActionDataSample], optional): Not looked at.

        Returns:
            dict[str, Tensor]: The loss under the key ``loss``.
        """
        history, future = split_forecast(self._only_clip(inputs), self.head.horizon)
        return dict(loss=self.head.loss(self._encode(history), history, future))

    def predict(self, inputs: Tensor, data_samples: Optional[SampleList] = None) -> SampleList:
        """Stores ``pred_future`` of shape ``(M, horizon, V, C)`` per sample; its own future is not looked at.

        Args:
            inputs (Tensor): Histories and futures, ``(N, 1, M, T, V, C)``.
            data_samples (list[ActionDataSample], optional): Where to store the predictions.

        Returns:
            list[ActionDataSample]: One per sample.
        """
        history, _ = split_forecast(self._only_clip(inputs), self.head.horizon)
        data_samples = data_samples or [ActionDataSample() for _ in inputs]
        for data_sample, future in zip(data_samples, self.forecast(history)):
            data_sample.set_field(future, 'pred_future')
        return data_samples

    def extract_feat(self, inputs: Tensor) -> Tensor:
        """The backbone's features of the histories in a batch ``(N, 1, M, T, V, C)``: ``(N, M', D, T', V')``."""
        return self._encode(split_forecast(self._only_clip(inputs), self.head.horizon)[0])

    def _encode(self, history: Tensor) -> Tensor:
        num_frames = getattr(self.backbone, 'num_frames', history.size(2))
        return self.backbone(history[:, :, -num_frames:])

    @staticmethod
    def _only_clip(inputs: Tensor) -> Tensor:
        """The sequences of a batch, ``(N, M, T, V, C)``."""
        if inputs.size(1) != 1:
            raise ValueError(
                f'SkeletonForecaster takes one clip per sample, (N, 1, M, T, V, C), got {tuple(inputs.shape)}; '
                'is CropForecastFrames in the pipeline?'
            )
        return inputs[:, 0]
