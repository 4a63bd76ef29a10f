"""Labels or features of files, arrays and streams of sequences."""

import os
from itertools import groupby, islice
from typing import Any, Callable, Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np
import torch
from mmaction.structures import ActionDataSample
from mmengine.infer import BaseInferencer
from torch import Tensor, nn

from mamp_plugin.datasets.preparation.cleaning import Cleaning
from mamp_plugin.datasets.preparation.sequence_files import Annotation, SequenceFiles, open_sequences
from mamp_plugin.models import FrameHead
from mamp_plugin.progress import Track, no_progress
from mamp_plugin.skeletons import get_layout

from .encoder import SkeletonEncoder, stack
from .sequences import as_sample, cut_sample, is_single
from .timeline import Window, average_windows, cut_windows, find_timeline
from .trained import AnyConfig, build_trained_head, class_names, read_checkpoint

#: Settings of ActionDetectionMetric that decide how frames become segments.
_SEGMENTING = ('smoothing', 'max_gap', 'min_frames')


class Piece(NamedTuple):
    """Sequence, or window of one, that goes through the model.

    Args:
        number (int): Number of the sequence.
        name (str): Name of the sequence.
        frames (int): Frames of the sequence.
        window (tuple[int], optional): First frame and end of the window; None for the whole sequence.
        empty (bool): Nobody is there.
        clips (Tensor): Clips that the pipeline makes of it, ``(clips, M, T, V, C)``.
    """

    number: int
    name: str
    frames: int
    window: Optional[Tuple[int, int]]
    empty: bool
    clips: Tensor


class SkeletonInferencer(BaseInferencer):
    """Labels or features of sequences in files, folders, arrays and generators.

    ::

        >>> inferencer = SkeletonInferencer('work_dirs/linear/epoch_100.pth', classes='names.txt')
        >>> inferencer('recordings', window=120, stride=30)['predictions']
        [{'name': 'monday', 'frames': 5400, 'segments': [{'start': 0, 'end': 180, 'label': 7, 'class': 'wave', ...

    Args:
        weights (str): Checkpoint of a classifier or, for features, of any run with an encoder.
        config (str | dict | Config, optional): Config of the run. Defaults to None: that in the checkpoint.
        device (str, optional): Device of the model. Defaults to None: an accelerator if there is one.
        classes (str | Sequence[str], optional): Class names, or a file with one a line. Defaults to None: those of the
            training data in the checkpoint, else the labels.
        layout (str, optional): Skeleton layout of sequences that do not say theirs. Defaults to None: the model's.
        cleaning (Cleaning, optional): Treatment of missing joints and confidences in files of recordings. Defaults to
            None: missing joints stay zero.
        track (callable): Shows the progress over files. Defaults to none.
    """

    preprocess_kwargs = {'window', 'stride'}
    forward_kwargs = {'features', 'pool'}
    postprocess_kwargs = {'top', 'min_score'}

    def __init__(
        self,
        weights: str,
        config: Optional[AnyConfig] = None,
        device: Optional[str] = None,
        classes: Union[str, Sequence[str], None] = None,
        layout: Optional[str] = None,
        cleaning: Optional[Cleaning] = None,
        track: Track = no_progress,
    ) -> None:
        self._trained = read_checkpoint(weights, config)
        self._cleaning = cleaning
        self._track = track
        super().__init__(weights=weights, device=device, scope='mmaction', show_progress=False)
        self.layout = get_layout(layout or self.encoder.layout).name
        self.classes = class_names(self._trained, self.head, classes)
        self.left_out: List[Tuple[str, str]] = []

    def __call__(
        self, inputs: Any, return_datasamples: bool = False, batch_size: int = 64, **options: Any
    ) -> Dict[str, Any]:
        """Label sequences, or extract their features.

        Args:
            inputs (str | array | dict | iterable): A file, folder or zip archive that :func:`open_sequences` knows, a
                sequence as for :class:`SkeletonEncoder`, or a list or generator of them.
            return_datasamples (bool): Return an ``ActionDataSample`` per sequence or window. Defaults to False.
            batch_size (int): Sequences or windows that go through the model at once. Defaults to 64.
            window (int, optional): Frames of a sliding window. Defaults to None: whole sequences; of a detector, the
                window of its training.
            stride (int, optional): Frames from one window to the next. Defaults to None: half a window.
            features (bool): Extract features instead of labels. Defaults to False.
            pool (str, optional): Pool of the features, see :class:`SkeletonEncoder`. Defaults to 'mean'.
            top (int): Classes to list for a sequence, best first. Defaults to 5.
            min_score (float): Least probability of a label over time. Defaults to 0.

        Returns:
            dict: ``predictions``, a list of dicts: ``name`` and ``frames`` of a sequence with ``label``, ``class``,
            ``score`` and ``top``; with windows ``segments`` (``start``, ``end`` exclusive, ``label``, ``class``,
            ``score``); with ``features`` a ``feature`` per sequence or window. ``left_out`` has names and reasons of
            sequences that could not be used.
        """
        return super().__call__(inputs, return_datasamples, batch_size, **options)

    # ---- model: mmengine's own methods would execute the config of the checkpoint ----------------------------------

    def _init_model(self, cfg: dict, weights: Optional[str], device: str = 'cpu') -> nn.Module:
        cfg.update(self._trained.cfg)
        self.encoder = SkeletonEncoder.of(self._trained, device)
        self.head = build_trained_head(self._trained)
        return nn.ModuleList([self.encoder.backbone, *([self.head] if self.head else [])]).to(device)

    def _init_pipeline(self, cfg: dict) -> Callable:
        return self.encoder.apply_pipeline

    def _init_collate(self, cfg: dict) -> Callable:
        return stack

    def _init_visualizer(self, cfg: dict) -> None:
        return None

    # ---- steps of a call -------------------------------------------------------------------------------------------

    def _inputs_to_list(self, inputs: Any) -> Iterator[Annotation]:
        self.left_out = []
        if isinstance(inputs, (str, os.PathLike)) or is_single(inputs):
            inputs = [inputs]
        if not isinstance(inputs, (list, tuple)):
            return self._read((files, item) for files in map(self._open, inputs) for item in files.items)
        # all are opened first, so that a file that does not exist is found before anything is computed
        items = [(files, item) for files in map(self._open, inputs) for item in files.items]
        return self._read(self._track(items, len(items)))

    def _open(self, one: Any) -> SequenceFiles:
        if isinstance(one, (str, os.PathLike)):
            return open_sequences(str(one), self.layout, self._cleaning)
        return SequenceFiles([one], lambda sequence: [sequence], [])

    def _read(self, items: Iterable[Tuple[SequenceFiles, Any]]) -> Iterator[Annotation]:
        for files, item in items:
            yield from files.read(item)
            self.left_out += files.left_out
            files.left_out.clear()

    def preprocess(
        self,
        inputs: Iterable[Annotation],
        batch_size: int = 64,
        window: Optional[int] = None,
        stride: Optional[int] = None,
    ) -> Iterator[List[Piece]]:
        """Yield batches of sequences or windows."""
        if window is None and isinstance(self.head, FrameHead):
            data = self.cfg.test_dataloader.dataset
            window, stride = data.window, stride or data.stride
        if window is None and stride is not None:
            raise ValueError(f'stride={stride} needs a window; set it, in frames')
        pieces = (piece for numbered in enumerate(inputs) for piece in self._cut(*numbered, window, stride))
        while batch := list(islice(pieces, batch_size)):
            yield batch

    def _cut(self, number: int, sequence: Any, window: Optional[int], stride: Optional[int]) -> Iterator[Piece]:
        sample = as_sample(sequence, self.layout, f'sequence {number}')
        frames, name = sample['total_frames'], sample['frame_dir']
        places = [None] if window is None else cut_windows(frames, window, stride or max(window // 2, 1))
        for place in places:
            # a detector is trained on windows that were padded, a classifier on sequences of any length
            length = window if isinstance(self.head, FrameHead) else 0
            part = dict(sample) if place is None else cut_sample(sample, *place, length)
            empty = not part['keypoint'].any()
            yield Piece(number, name, frames, place, empty, self.pipeline(part))

    @torch.no_grad()
    def forward(self, inputs: List[Piece], features: bool = False, pool: Optional[str] = 'mean') -> List[dict]:
        """Return the facts about each sequence or window with its ``feature``, or the ``scores`` of the classes."""
        clips = self.collate_fn([piece.clips for piece in inputs])
        if features:
            key, values = 'feature', self.encoder.reader(pool)(clips)
        else:
            key, values = 'scores', self._scores(clips)
            values[[piece.empty for piece in inputs]] = 0
        facts = [{name: value for name, value in piece._asdict().items() if name != 'clips'} for piece in inputs]
        return [{**fact, key: value} for fact, value in zip(facts, values.cpu())]

    def _scores(self, clips: Tensor) -> Tensor:
        """Return probabilities of classes, ``(N, K)``, or of classes and background of frames, ``(N, T, K + 1)``."""
        if self.head is None:
            raise ValueError(
                f'{self._trained.source} has no classifier: model.type is {self.cfg.model.get("type")}; extract '
                'features instead, or train one (tools/train.py CONFIG --recipe linear)'
            )
        tokens = self.encoder.encode(clips.flatten(0, 1))
        samples = self.head.predict(tokens, [ActionDataSample() for _ in clips])
        if isinstance(self.head, FrameHead):
            return torch.stack([sample.frame_scores for sample in samples])
        scores = torch.stack([sample.pred_score for sample in samples]).float()
        return scores if self.head.average_clips == 'prob' else scores.softmax(dim=-1)

    def visualize(self, inputs: Any, preds: List[dict], **kwargs: Any) -> None:
        """Return None: there are no figures."""

    def postprocess(
        self,
        preds: List[dict],
        visualization: None = None,
        return_datasample: bool = False,
        top: int = 5,
        min_score: float = 0.0,
    ) -> Dict[str, Any]:
        """Describe the sequences: labels, segments or features."""
        if return_datasample:
            results: List[Any] = [_data_sample(pred) for pred in preds]
        else:
            groups = [list(group) for _, group in groupby(preds, lambda pred: pred['number'])]
            results = [result for group in groups for result in self._describe(group, top, min_score)]
        return dict(predictions=results, left_out=self.left_out)

    def _describe(self, pieces: List[dict], top: int, min_score: float) -> Iterator[dict]:
        """Yield the results of one sequence."""
        facts = dict(name=pieces[0]['name'], frames=pieces[0]['frames'])
        if 'feature' in pieces[0]:
            for piece in pieces:
                place = dict(zip(('start', 'end'), piece['window'] or ()))
                yield dict(facts, **place, feature=piece['feature'].numpy())
        elif pieces[0]['window'] is None:
            scores = pieces[0]['scores']
            ranking = [self._named(int(label), float(scores[label])) for label in scores.argsort(descending=True)]
            yield dict(facts, **ranking[0], top=ranking[:top])
        else:
            windows = [Window._make((*piece['window'], piece['scores'].numpy())) for piece in pieces]
            width = len(self.classes) + 1
            if not isinstance(self.head, FrameHead):
                windows = [each._replace(scores=np.append(each.scores, 0)) for each in windows]
            segments = find_timeline(average_windows(windows, facts['frames'], width), min_score, **self._segmenting())
            yield dict(
                facts, segments=[dict(each, **self._named(int(each['label']), each['score'])) for each in segments]
            )

    def _named(self, label: int, score: float) -> dict:
        return {'label': label, 'class': self.classes[label], 'score': round(score, 4)}

    def _segmenting(self) -> dict:
        """Return how a detector's evaluation makes segments of frames."""
        metrics = self.cfg.get('test_evaluator') if isinstance(self.head, FrameHead) else None
        metrics = metrics if isinstance(metrics, list) else [metrics or {}]
        return {key: metric[key] for metric in metrics for key in _SEGMENTING if key in metric}


def _data_sample(pred: dict) -> ActionDataSample:
    sample = ActionDataSample(metainfo={key: pred[key] for key in ('name', 'frames', 'window')})
    if 'feature' in pred:
        sample.set_field(pred['feature'], 'feature')
    elif pred['scores'].ndim == 2:
        sample.set_field(pred['scores'], 'frame_scores')
    else:
        sample.set_pred_score(pred['scores'])
        sample.set_pred_label(pred['scores'].argmax(dim=-1, keepdim=True))
    return sample
