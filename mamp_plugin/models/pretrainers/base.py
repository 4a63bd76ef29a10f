"""What every pretraining method shares: the modes of a model, its features, and the check of what it is given."""

from abc import abstractmethod
from typing import Any, Dict, List, Optional, Union

from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.model import BaseModel
from torch import Tensor

SampleList = List[ActionDataSample]


def fill_in(cfg: dict, name: str, **facts: Any) -> dict:
    """Adds what is known to a config; what is already there must agree."""
    for key, value in facts.items():
        given = cfg.get(key, value)
        if (tuple(given) if isinstance(given, (list, tuple)) else given) != value:
            raise ValueError(f'{name} has {key}={given}, but it must be {value} here; leave it out of the config')
    return dict(cfg, **facts)


class SkeletonPretrainer(BaseModel):
    """A backbone, and the parts that teach it and are thrown away afterwards.

    Any number of clips and persons may be given; an absent person is a sequence of zeros.

    Args:
        backbone (dict): Config of the backbone, which maps ``(N, M, T, V, C)`` to ``(N, M, D, T', V')``.
        data_preprocessor (dict, optional): Config of the data preprocessor. Defaults to
            ``dict(type='ActionDataPreprocessor')``.
        init_cfg (dict or list[dict], optional): Initialization config. Defaults to None.
    """

    def __init__(
        self,
        backbone: dict,
        data_preprocessor: Optional[dict] = None,
        init_cfg: Union[dict, List[dict], None] = None,
    ) -> None:
        # Built here because the base class looks where it is found only while mmaction is the default scope.
        data_preprocessor = MODELS.build(data_preprocessor or dict(type='ActionDataPreprocessor'))
        super().__init__(data_preprocessor, init_cfg=init_cfg)
        self.backbone = MODELS.build(backbone)

    def forward(
        self, inputs: Tensor, data_samples: Optional[SampleList] = None, mode: str = 'tensor'
    ) -> Union[Dict[str, Tensor], SampleList, Tensor]:
        """Does what the mode says.

        Args:
            inputs (Tensor): A batch of clips, ``(N, clips, M, T, V, C)``.
            data_samples (list[ActionDataSample], optional): What is known about each sample.
            mode (str): 'loss' for a dict of losses, 'predict' for data samples with a ``feature`` of shape ``(D, )``
                each, 'tensor' for the backbone's features ``(N * clips, M, D, T', V')``. Defaults to 'tensor'.

        Returns:
            dict or list[ActionDataSample] or Tensor: See ``mode``.
        """
        self._check_inputs(inputs, data_samples)
        if mode == 'loss':
            return self.loss(inputs, data_samples)
        if mode == 'predict':
            return self.predict(inputs, data_samples)
        if mode == 'tensor':
            return self.extract_feat(inputs)
        raise ValueError(f"mode must be 'loss', 'predict' or 'tensor', got {mode!r}")

    @abstractmethod
    def loss(self, inputs: Tensor, data_samples: Optional[SampleList]) -> Dict[str, Tensor]:
        """Losses of a batch ``(N, clips, M, T, V, C)``."""

    def extract_feat(self, inputs: Tensor) -> Tensor:
        """The backbone's features of all that is in a batch, ``(N * clips, M, D, T', V')``."""
        return self.backbone(inputs.flatten(0, 1))

    def predict(self, inputs: Tensor, data_samples: Optional[SampleList]) -> SampleList:
        """Stores one feature per sample, the mean over its clips."""
        features = self.summarise(self.extract_feat(inputs)).unflatten(0, inputs.shape[:2]).mean(dim=1)
        data_samples = data_samples or [ActionDataSample() for _ in inputs]
        for data_sample, feature in zip(data_samples, features):
            data_sample.set_field(feature, 'feature')
        return data_samples

    def summarise(self, features: Tensor) -> Tensor:
        """One feature per clip, ``(B, D)``, from the backbone's ``(B, M, D, T', V')``.

        The mean over persons (absent ones included), time and joints.
        """
        return features.mean(dim=(1, 3, 4))

    @staticmethod
    def _check_inputs(inputs: Tensor, data_samples: Optional[SampleList]) -> None:
        """Refuses shapes that cannot be meant and coordinates that are no numbers.

        One reduction and one wait for its result. At the beginning of a step the device has nothing else to do (the
        runner has just read the last loss), so the wait costs no more than the reduction; checking the loss instead
        would hold up the backward pass and could not tell a bad sample from a diverged model.
        """
        if inputs.ndim != 6:
            raise ValueError(
                f'inputs must be (N, clips, M, T, V, C), got {tuple(inputs.shape)}; is FormatGCNInput in the pipeline?'
            )
        if inputs.isfinite().all():
            return
        index = int(inputs.flatten(1).isfinite().all(dim=1).logical_not().nonzero()[0])
        name = data_samples[index].get('frame_dir') if data_samples else None
        sample = f'sample {name!r}' if name is not None else f'sample {index} of the batch'
        raise ValueError(f'{sample} has coordinates that are NaN or infinite; mend it or take it out of the data')
