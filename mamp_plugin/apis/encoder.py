"""Features of skeleton sequences in three lines."""

from itertools import islice
from typing import Callable, Dict, Iterable, Iterator, List, Optional, Union

import numpy as np
import torch
from mmaction.registry import MODELS
from mmengine.device import get_device
from mmengine.registry import DefaultScope
from torch import Tensor, nn

from mamp_plugin.models.backbones import SkeletonBackbone, TokenBackbone
from mamp_plugin.models.necks import SequencePool
from mamp_plugin.skeletons import get_layout

from .sequences import Sequence, as_sample, is_single
from .trained import AnyConfig, Trained, build_pipeline, build_trained_backbone, read_checkpoint


def load_encoder(
    checkpoint: str, config: Optional[AnyConfig] = None, device: Optional[str] = None
) -> 'SkeletonEncoder':
    """Load the encoder of a pretraining or downstream run.

    ::

        >>> encoder = load_encoder('work_dirs/mamp_ntu60/epoch_400.pth')
        >>> features = encoder(keypoints)

    Args:
        checkpoint (str): Checkpoint of the run.
        config (str | dict | Config, optional): Config of the run, a path or the config itself. Defaults to None: that
            in the checkpoint, which is read as data.
        device (str, optional): Device of the encoder. Defaults to None: an accelerator if there is one.

    Returns:
        SkeletonEncoder: Callable for sequences.
    """
    return SkeletonEncoder.of(read_checkpoint(checkpoint, config), device)


class SkeletonEncoder:
    """Frozen encoder with the pipeline that its run evaluated with.

    Args:
        backbone (SkeletonBackbone): Trained backbone.
        pipeline (callable): From a sample to one with ``keypoint``, ``(clips, M, T, V, C)``.
        pools (dict[str, dict]): Configs of the modules from features ``(N, M', D, T', V')`` to ``(N, D)`` by name.
        device (str, optional): Device. Defaults to None: an accelerator if there is one.
    """

    def __init__(
        self,
        backbone: SkeletonBackbone,
        pipeline: Callable[[dict], dict],
        pools: Dict[str, dict],
        device: Optional[str] = None,
    ) -> None:
        self.device = torch.device(device or get_device())
        self.backbone = backbone.to(self.device).eval()
        self.pipeline = pipeline
        self.layout = backbone.layout
        self.layouts = backbone.layouts or (backbone.layout,)
        self._pools = pools

    @classmethod
    def of(cls, trained: Trained, device: Optional[str] = None) -> 'SkeletonEncoder':
        """Build the encoder in a checkpoint."""
        backbone = build_trained_backbone(trained)
        pools = trained.checked(default_pools(trained.cfg.model, backbone))
        return cls(backbone, build_pipeline(trained), pools, device)

    def __call__(
        self, sequences: Union[Sequence, Iterable[Sequence]], pool: Optional[str] = 'mean', batch_size: int = 64
    ) -> Tensor:
        """Return the features of sequences.

        Args:
            sequences (array | Tensor | dict | iterable): A sequence of any length, ``(T, V, C)`` or ``(M, T, V, C)``,
                or an annotation with such a ``keypoint``; or any iterable of sequences. In 2D, ``C`` is x, y and the
                score, which may also be the ``keypoint_score`` of the annotation.
            pool (str, optional): 'mean' over persons, time and joints; of a recurrent encoder, the last frame. 'parts'
                over persons, time segments and body parts, see :class:`PartPool`. None for the features of all tokens.
                Defaults to 'mean'.
            batch_size (int): Sequences that are encoded at once. Defaults to 64.

        Returns:
            Tensor: One feature per sequence, ``(N, D)``, without a pool ``(N, M', D, T', V')``, on the CPU. A single
            sequence has no axis ``N``.
        """
        if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
            raise ValueError(f'batch_size must be a whole number of at least 1, got {batch_size!r}')
        read = self.reader(pool)
        single = is_single(sequences)
        features = [read(clips) for clips in self._batches([sequences] if single else sequences, batch_size)]
        if not features:
            raise ValueError('there are no sequences to encode, got an empty list')
        result = torch.cat(features).cpu()
        return result[0] if single else result

    def token_features(self, sequences: Union[Sequence, Iterable[Sequence]], batch_size: int = 64) -> Tensor:
        """Return the features of all tokens of sequences, ``(N, M', D, T', V')``; arguments as for a call."""
        return self(sequences, pool=None, batch_size=batch_size)

    def encode(self, clips: Tensor) -> Tensor:
        """Encode clips that the pipeline has made, ``(B, M, T, V, C)`` to ``(B, M', D, T', V')``.

        All absent persons have the same tokens, which are computed once.
        """
        persons = clips.flatten(0, 1)
        present = persons.flatten(1).any(dim=1)
        clips = clips.to(self.device, non_blocking=True)
        if not isinstance(self.backbone, TokenBackbone) or present.all():
            return self.backbone(clips)
        chosen = torch.cat([present.nonzero()[:, 0], (~present).nonzero()[:1, 0]])
        place = torch.where(present, present.cumsum(0) - 1, len(chosen) - 1)
        tokens = self.backbone(clips.flatten(0, 1)[chosen.to(self.device), None])[:, 0]
        return tokens[place.to(self.device)].unflatten(0, clips.shape[:2])

    def prepare(self, sequence: Sequence, name: str) -> Tensor:
        """Apply the pipeline to a sequence: ``(clips, M, T, V, C)``."""
        return self.apply_pipeline(as_sample(sequence, self.layout, name))

    def apply_pipeline(self, sample: dict) -> Tensor:
        """Apply the pipeline to a sample: ``(clips, M, T, V, C)``."""
        name, layout = sample['frame_dir'], sample['layout']
        if layout not in self.layouts:
            raise ValueError(
                f'{name} is of skeleton layout {layout!r}, but the encoder takes {", ".join(map(repr, self.layouts))}; '
                'transfer it to this layout first (tools/train.py CONFIG --recipe transfer)'
            )
        channels, dims = self.backbone.in_channels, get_layout(layout).dims
        if channels == dims:  # there is no place for scores
            sample = {key: value for key, value in sample.items() if key != 'keypoint_score'}
        elif (channels, dims) == (3, 2) and 'keypoint_score' not in sample:
            raise ValueError(
                f'{name} has no scores, but the encoder takes x, y and score of every joint; give (T, V, 3) or '
                'keypoint_score, ones for joints that are certain'
            )
        clips = self.pipeline(sample)['keypoint']
        if not np.isfinite(clips).all():
            raise ValueError(f'{name} has coordinates that are NaN or infinite; repair them first')
        return torch.from_numpy(clips)

    def _batches(self, sequences: Iterable[Sequence], batch_size: int) -> Iterator[Tensor]:
        clips = (self.prepare(sequence, f'sequence {index}') for index, sequence in enumerate(sequences))
        while batch := list(islice(clips, batch_size)):
            yield stack(batch)

    def reader(self, pool: Optional[str]) -> Callable[[Tensor], Tensor]:
        """Return the function from a batch of clips, ``(N, clips, M, T, V, C)``, to features for a pool.

        Features of clips are averaged.
        """
        pooling = self.build_pool(pool)

        @torch.no_grad()
        def read(clips: Tensor) -> Tensor:
            if pool is None and clips.size(1) > 1:
                raise ValueError(f"the pipeline makes {clips.size(1)} clips of a sequence; choose pool='mean'")
            features = pooling(self.encode(clips.flatten(0, 1))).unflatten(0, clips.shape[:2]).mean(dim=1)
            return features.cpu() if pool is None else features  # tokens of all sequences may not fit on the device

        return read

    def build_pool(self, pool: Optional[str]) -> Callable[[Tensor], Tensor]:
        """Return the function from features ``(B, M', D, T', V')`` to ``(B, D)``; without a pool, the identity."""
        if pool is None:
            return nn.Identity()
        if pool not in self._pools:
            raise ValueError(f'pool must be {", ".join(map(repr, self._pools))} or None, got {pool!r}')
        with DefaultScope.overwrite_default_scope('mmaction'):
            built = MODELS.build(self._pools[pool]).to(self.device)
        return (lambda features: built.summarize(built(features))) if isinstance(built, SequencePool) else built


def default_pools(model: dict, backbone: SkeletonBackbone) -> Dict[str, dict]:
    """Return the configs of the pools for the backbone of a model.

    Args:
        model (dict): Config of the model; a pretrainer may have settings in ``pool`` and ``readout``.
        backbone (SkeletonBackbone): Its backbone.
    """
    channels = dict(in_channels=backbone.out_channels)
    persons = 1 if backbone.num_persons else model.get('num_persons') or 2
    summary = 'last' if backbone.kind == 'recurrent' else 'mean'
    mean = dict(dict(type='SequencePool', summary=summary, num_persons=persons), **model.get('pool') or {})
    place = dict(layout=backbone.layout, joint_patch=backbone.patch_size[1])
    return dict(
        mean=dict(mean, **channels), parts=dict(model.get('readout') or {}, type='PartPool', **channels, **place)
    )


def stack(clips: List[Tensor]) -> Tensor:
    """Stack the clips of sequences to a batch, ``(N, clips, M, T, V, C)``."""
    shapes = {tuple(each.shape) for each in clips}
    if len(shapes) > 1:
        raise ValueError(
            f'the pipeline makes clips of different shapes: {", ".join(map(str, sorted(shapes)))}; it resamples '
            'nothing, so set batch_size=1'
        )
    return torch.stack(clips)
