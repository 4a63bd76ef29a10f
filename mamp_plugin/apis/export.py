"""Export of an encoder, with or without its classifier, to ONNX, TorchScript or safetensors."""

import json
import logging
import os
import shutil
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Union

import numpy as np
import torch
from torch import Tensor, nn

from mamp_plugin.dependencies import import_extra
from mamp_plugin.engine.checkpoints.checksum import sha256_of
from mamp_plugin.models import FrameHead
from mamp_plugin.models.backbones import SkeletonBackbone, SkeletonGRU
from mamp_plugin.output_files import check_file, open_atomically
from mamp_plugin.recipes.pipelines import inference_pipeline
from mamp_plugin.skeletons import get_layout
from mamp_plugin.version import __version__

from .encoder import SkeletonEncoder
from .trained import AnyConfig, Trained, build_trained_backbone, build_trained_head, class_names, read_checkpoint

#: Suffixes of the files by format.
FORMATS = dict(onnx='.onnx', torchscript='.pt', safetensors='.safetensors')
#: Largest difference from PyTorch, relative to the largest output if that is above 1.
TOLERANCE = 1e-4


class ExportedModel(nn.Module):
    """Backbone and readout as one module: clips ``(N, M, T, V, C)`` to features or probabilities.

    Args:
        backbone (SkeletonBackbone): Trained backbone.
        readout (callable): From features ``(N, M', D, T', V')`` to the output.
    """

    def __init__(self, backbone: SkeletonBackbone, readout: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.backbone = _PlainGRU(backbone) if isinstance(backbone, SkeletonGRU) else backbone
        self.readout = readout

    def forward(self, clips: Tensor) -> Tensor:
        return self.readout(self.backbone(clips))


class _PlainGRU(nn.Module):
    """:class:`SkeletonGRU` without the split into views, whose sizes tracing would make constants."""

    def __init__(self, backbone: SkeletonGRU) -> None:
        super().__init__()
        self.backbone = backbone

    def forward(self, clips: Tensor) -> Tensor:
        x = self.backbone.normalize(clips)
        for layer in self.backbone.layers:
            x = layer(x)
        x = x[-1:] if self.backbone.last_frame_only else x
        return x.permute(1, 2, 0)[:, None, ..., None]


class _Probabilities(nn.Module):
    """Softmax of a head's logits."""

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.head = head

    def forward(self, features: Tensor) -> Tensor:
        return self.head(features).softmax(dim=-1)


def export_model(
    checkpoint: str,
    out: str,
    format: str = 'onnx',
    part: Optional[str] = None,
    config: Optional[AnyConfig] = None,
    pool: str = 'mean',
    classes: Union[str, Sequence[str], None] = None,
) -> Dict[str, Any]:
    """Export a model, and write a description of its input and output beside it.

    The file is kept if its outputs for several batch sizes, and lengths if the model takes any, are those of PyTorch.

    Args:
        checkpoint (str): Checkpoint of the run.
        out (str): File to write; the description has the same name with the suffix ``.json``.
        format (str): 'onnx', 'torchscript' or 'safetensors', the weights alone. Defaults to 'onnx'.
        part (str, optional): 'encoder', which gives features, or 'classifier', which gives probabilities. Defaults to
            None: the classifier if there is one.
        config (str | dict | Config, optional): Config of the run. Defaults to None: that in the checkpoint.
        pool (str): Pool of the features, see :class:`SkeletonEncoder`. Defaults to 'mean'.
        classes (str | Sequence[str], optional): Class names, see :func:`class_names`. Defaults to None.

    Returns:
        dict: The description.
    """
    description = str(Path(out).with_suffix('.json'))
    for path in (out, description):
        check_file(path)
    exported = _Exported.of(read_checkpoint(checkpoint, config), part, pool)
    with tempfile.TemporaryDirectory() as folder, _quiet():
        path = os.path.join(folder, f'model{FORMATS[format]}')
        difference = _check(exported, _WRITERS[format](exported, path))
        with open_atomically(out) as file, open(path, 'rb') as written:
            shutil.copyfileobj(written, file)
    facts = dict(_describe(exported), format=format, largest_difference=difference, sha256=sha256_of(out))
    if exported.head is not None:
        names = class_names(exported.trained, exported.head, classes)
        facts['classes'] = [*names, 'background'] if isinstance(exported.head, FrameHead) else names
    with open_atomically(description) as file:
        file.write(json.dumps(facts, indent=2).encode())
    return facts


class _Exported(NamedTuple):
    """Model to export, with batches ``(N, M, T, V, C)`` of several sizes, and lengths if the backbone takes any."""

    trained: Trained
    encoder: SkeletonEncoder
    head: Optional[nn.Module]
    model: ExportedModel
    batches: List[Tensor]

    @classmethod
    def of(cls, trained: Trained, part: Optional[str], pool: str) -> '_Exported':
        encoder = SkeletonEncoder.of(trained, 'cpu')
        head = None if part == 'encoder' else build_trained_head(trained)
        if part == 'classifier' and head is None:
            raise ValueError(f'{trained.source} has no classifier; export its encoder')
        model = ExportedModel(encoder.backbone, encoder.build_pool(pool) if head is None else _Probabilities(head))
        return cls(trained, encoder, head, model.eval(), _example_batches(encoder))


def _example_batches(encoder: SkeletonEncoder) -> List[Tensor]:
    layout, backbone = get_layout(encoder.layout), encoder.backbone
    draw = np.random.default_rng(0)
    shape = 1, backbone.num_frames or 64, layout.num_joints
    sequences = [dict(keypoint=draw.normal(size=(*shape, layout.dims))) for _ in range(3)]
    if backbone.in_channels > layout.dims:
        sequences = [dict(sequence, keypoint_score=draw.random(shape)) for sequence in sequences]
    clips = torch.stack([encoder.prepare(sequence, 'example')[0] for sequence in sequences])
    batches = [clips[:2], clips[:1], torch.from_numpy(draw.normal(size=clips.shape)).float()]
    return batches if backbone.num_frames else [*batches, torch.cat([clips, clips[:, :, :9]], dim=2)]


def _check(exported: _Exported, run: Callable[[Tensor], Tensor]) -> float:
    """Return the largest difference of what was written from PyTorch, or refuse it."""
    largest = 0.0
    for batch in exported.batches:
        with torch.no_grad():
            expected, output = exported.model(batch), run(batch)
        scale = max(1.0, float(expected.abs().max()))
        largest = max(largest, float((output - expected).abs().max()) / scale)
    if not largest <= TOLERANCE:
        raise ValueError(
            f'the export of {exported.trained.source} differs from PyTorch by {largest:.1e} of the largest output, '
            f'more than {TOLERANCE:.0e}; nothing was written, try another format'
        )
    return largest


def _describe(exported: _Exported) -> Dict[str, Any]:
    encoder, layout = exported.encoder, get_layout(exported.encoder.layout)
    _, persons, frames, joints, channels = exported.batches[0].shape
    with torch.no_grad():
        shape = exported.model(exported.batches[0]).shape[1:]
    fixed = encoder.backbone.num_frames is not None
    parts = ['backbone'] if exported.head is None else ['backbone', 'cls_head']
    return dict(
        model=type(encoder.backbone).__name__,
        checkpoint=os.path.basename(exported.trained.source),
        mamp_plugin=__version__,
        input=dict(name='clips', shape=['batch', persons, frames if fixed else 'frames', joints, channels]),
        output=dict(
            name='output', holds='features' if exported.head is None else 'probabilities', shape=['batch', *shape]
        ),
        window=frames,
        # configs inherited by 'mamp_plugin::...' say in every part which registry it is for
        pipeline=[
            {key: value for key, value in step.items() if key != '_scope_'}
            for step in inference_pipeline(exported.trained.cfg)
        ],
        config=exported.trained.checked({name: exported.trained.cfg.model[name] for name in parts}),
        layout=dict(
            name=layout.name,
            joints=layout.joints,
            center=layout.center,
            spine=layout.spine,
            shoulders=layout.shoulders,
        ),
    )


def _write_onnx(exported: _Exported, path: str) -> Callable[[Tensor], Tensor]:
    for name in ('onnx', 'onnxscript'):
        import_extra(name, 'export')
    backbone = exported.encoder.backbone
    names = {0: 'batch'} if backbone.num_frames else {0: 'batch', 2: 'frames'}
    options: Dict[str, Any] = dict(input_names=['clips'], output_names=['output'], verbose=False)
    if backbone.kind == 'recurrent':
        # the current exporter makes the number of frames of nn.GRU a constant
        options.update(dynamo=False, dynamic_axes=dict(clips=names, output={0: 'batch'}), opset_version=17)
    else:
        shapes = {axis: torch.export.Dim(name) for axis, name in names.items()}
        options.update(dynamo=True, dynamic_shapes=dict(clips=shapes), external_data=False)
    torch.onnx.export(exported.model, (exported.batches[0],), path, **options)
    session = import_extra('onnxruntime', 'export').InferenceSession(path, providers=['CPUExecutionProvider'])
    return lambda batch: torch.from_numpy(session.run(None, dict(clips=batch.numpy()))[0])


def _write_torchscript(exported: _Exported, path: str) -> Callable[[Tensor], Tensor]:
    torch.jit.trace(exported.model, (exported.batches[0],)).save(path)
    return torch.jit.load(path)


def _write_safetensors(exported: _Exported, path: str) -> Callable[[Tensor], Tensor]:
    safetensors = import_extra('safetensors.torch', 'export')
    parts = dict(backbone=exported.encoder.backbone, cls_head=exported.head)
    weights = {
        f'{name}.{key}': value.contiguous()
        for name, part in parts.items()
        if part is not None
        for key, value in part.state_dict().items()
    }
    safetensors.save_file(weights, path)
    trained = exported.trained._replace(weights=safetensors.load_file(path))
    readout = exported.model.readout if exported.head is None else _Probabilities(build_trained_head(trained))
    return ExportedModel(build_trained_backbone(trained), readout).eval()


_WRITERS = dict(onnx=_write_onnx, torchscript=_write_torchscript, safetensors=_write_safetensors)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the exporters' remarks on their own operators."""
    logger = logging.getLogger('torch.onnx')
    level = logger.level
    logger.setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        yield
    logger.setLevel(level)
