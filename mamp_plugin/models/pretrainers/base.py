"""Base of all pretraining methods."""

import logging
from abc import abstractmethod
from typing import Any, Dict, List, Optional, Union

import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.logging import print_log
from mmengine.model import BaseModel
from torch import Tensor, nn

from mamp_plugin.skeletons import get_layout
from mamp_plugin.skeletons.presence import MAX_COORDINATE

from ..backbones import build_backbone

SampleList = List[ActionDataSample]
#: Mean size of 2D coordinates above which they must be pixels; normalized by body or image they are about 1.
PIXELS = 10


def fill_in(cfg: dict, name: str, **facts: Any) -> dict:
    """Add facts to a config; a value that the config already has must agree.

    Args:
        cfg (dict): Config of a part of a model.
        name (str): Name of the part, for the error message.
        **facts: Keys and values to add.

    Returns:
        dict: A new config.
    """
    for key, value in facts.items():
        given = cfg.get(key, value)
        if key == 'layout' and key in cfg:
            given = get_layout(given).name
        if (tuple(given) if isinstance(given, (list, tuple)) else given) != value:
            raise ValueError(f'{name} has {key}={given!r}, but it must be {value!r} here; leave it out of the config')
    return dict(cfg, **facts)


def given_by_samples(data_samples: Optional[SampleList], name: str, inputs: Tensor) -> Optional[List[Tensor]]:
    """Return a field of all samples of a batch as tensors on the device of ``inputs``, or None if no sample has it."""
    fields = [None if sample is None else sample.get(name) for sample in data_samples or []]
    missing = [index for index, field in enumerate(fields) if field is None]
    if len(missing) == len(fields):
        return None
    if missing:
        raise ValueError(
            f'sample {missing[0]} has no {name}, but other samples of its batch do; '
            f'add it to all samples or to none (algorithm_keys of PackActionInputs)'
        )
    return [torch.as_tensor(field, device=inputs.device) for field in fields]


class SkeletonPretrainer(BaseModel):
    """Backbone with the parts that train it and are discarded afterwards.

    Any number of clips and persons may be given; an absent person is a sequence of zeros.

    Args:
        backbone (dict): Config of the backbone, see :func:`build_backbone`.
        data_preprocessor (dict, optional): Config of the data preprocessor. Defaults to
            ``dict(type='ActionDataPreprocessor')``.
        init_cfg (dict or list[dict], optional): Initialization config. Defaults to None.
        readout (dict, optional): Config of the pooling from the backbone's features to the ``feature`` of a clip, such
            as ``dict(type='PartPool', segments=4)``; ``in_channels``, ``layout`` and ``joint_patch`` are filled in.
            Defaults to None: :meth:`summarize`.
    """

    #: Reason why the gradients of several batches do not add up to those of one large batch, or None if they do.
    accumulation_problem: Optional[str] = None

    def __init__(
        self,
        backbone: dict,
        data_preprocessor: Optional[dict] = None,
        init_cfg: Union[dict, List[dict], None] = None,
        readout: Optional[dict] = None,
    ) -> None:
        # built here because the base class finds it only while mmaction is the default scope
        data_preprocessor = MODELS.build(data_preprocessor or dict(type='ActionDataPreprocessor'))
        super().__init__(data_preprocessor, init_cfg=init_cfg)
        self.backbone = build_backbone(backbone)
        self.readout = None if readout is None else self._build_readout(readout)
        self._may_get_pixels = get_layout(self.backbone.layout).dims == 2

    def _build_readout(self, readout: dict) -> nn.Module:
        facts = dict(
            in_channels=self.backbone.out_channels,
            layout=self.backbone.layout,
            joint_patch=self.backbone.patch_size[1],
        )
        return MODELS.build(fill_in(readout, 'readout', **facts))

    def forward(
        self, inputs: Tensor, data_samples: Optional[SampleList] = None, mode: str = 'tensor'
    ) -> Union[Dict[str, Tensor], SampleList, Tensor]:
        """Run the model in one of mmengine's modes.

        Args:
            inputs (Tensor): A batch of clips, ``(N, clips, M, T, V, C)``.
            data_samples (list[ActionDataSample], optional): One sample per batch item.
            mode (str): 'loss' for a dict of losses, 'predict' for data samples with a ``feature`` of shape ``(D, )``
                each, 'tensor' for the backbone's features ``(N * clips, M, D, T', V')``. Defaults to 'tensor'.

        Returns:
            dict or list[ActionDataSample] or Tensor: See ``mode``.
        """
        self._check_inputs(inputs, data_samples)
        if mode == 'loss':
            if self._may_get_pixels:
                self._warn_of_pixels(inputs)
            return self.loss(inputs, data_samples)
        if mode == 'predict':
            return self.predict(inputs, data_samples)
        if mode == 'tensor':
            return self.extract_feat(inputs)
        raise ValueError(f"mode must be 'loss', 'predict' or 'tensor', got {mode!r}")

    @abstractmethod
    def loss(self, inputs: Tensor, data_samples: Optional[SampleList]) -> Dict[str, Tensor]:
        """Return the losses of a batch ``(N, clips, M, T, V, C)``."""

    def extract_feat(self, inputs: Tensor) -> Tensor:
        """Return the backbone's features of all clips of a batch, ``(N * clips, M, D, T', V')``."""
        return self.backbone(inputs.flatten(0, 1))

    def predict(self, inputs: Tensor, data_samples: Optional[SampleList]) -> SampleList:
        """Set the ``feature`` of each sample, that of :meth:`summarize` or of the readout, averaged over its clips."""
        read = self.summarize if self.readout is None else self.readout
        features = read(self.extract_feat(inputs)).unflatten(0, inputs.shape[:2]).mean(dim=1)
        data_samples = data_samples or [ActionDataSample() for _ in inputs]
        for data_sample, feature in zip(data_samples, features):
            data_sample.set_field(feature, 'feature')
        return data_samples

    def summarize(self, features: Tensor) -> Tensor:
        """Return one feature per clip, ``(B, D)``, from the backbone's ``(B, M, D, T', V')``.

        The mean over persons (absent ones included), time and joints.
        """
        return features.mean(dim=(1, 3, 4))

    def _warn_of_pixels(self, inputs: Tensor) -> None:
        """Log a warning if the first batch of a 2D layout is in pixels; 3D coordinates may be of any unit."""
        self._may_get_pixels = False
        size = inputs[..., :2].abs()
        mean = float(size.sum() / (size > 0).sum().clamp(min=1))
        if mean > PIXELS:
            print_log(
                f'2D coordinates have a mean size of {mean:.0f}, as pixels do; normalize them by the body '
                '(ScaleSkeleton, CenterSkeleton) or by the image (NormalizeImage2D)',
                'current',
                logging.WARNING,
            )

    @staticmethod
    def _check_inputs(inputs: Tensor, data_samples: Optional[SampleList]) -> None:
        """Validate the input shape and reject NaN, inf and coordinates that no unit explains.

        The check costs one reduction and one synchronization, at the start of a step when the device is idle. Checking
        the loss instead would delay the backward pass and could not tell a bad sample from a diverged model.
        """
        if inputs.ndim != 6:
            raise ValueError(
                f'inputs must be (N, clips, M, T, V, C), got {tuple(inputs.shape)}; is FormatGCNInput in the pipeline?'
            )
        # NaN is not below any bound
        if not inputs.numel() or inputs.abs().amax() <= MAX_COORDINATE:
            return
        index = int((inputs.flatten(1).abs().amax(dim=1) <= MAX_COORDINATE).logical_not().nonzero()[0])
        name = data_samples[index].get('frame_dir') if data_samples else None
        sample = f'sample {name!r}' if name is not None else f'sample {index} of the batch'
        raise ValueError(
            f'{sample} has coordinates that are NaN, infinite or beyond {MAX_COORDINATE:,.0f}; repair it or remove it '
            'from the data'
        )
