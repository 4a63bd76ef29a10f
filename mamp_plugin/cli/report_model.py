"""Features and sequences of the newest checkpoint of a run, for its report."""

from functools import cached_property
from typing import Any, Callable, Dict, List, NamedTuple

import numpy as np
import torch
from mmaction.registry import DATASETS
from mmengine.device import get_device
from mmengine.model import BaseModel
from mmengine.runner import set_random_seed
from torch.utils.data import Subset

from mamp_plugin.apis.features import extract_features
from mamp_plugin.apis.trained import build_trained_model, class_names, read_checkpoint
from mamp_plugin.engine.checkpoints.newest import newest_whole
from mamp_plugin.engine.hooks.neighbor_hook import preserved_rng_state
from mamp_plugin.evaluation import nearest_neighbors
from mamp_plugin.models import MaskedPretrainer
from mamp_plugin.progress import show_progress
from mamp_plugin.recipes import evaluation_datasets
from mamp_plugin.recipes.data import evaluation_data
from mamp_plugin.recipes.pipelines import pretraining_dataset
from mamp_plugin.skeletons import get_layout
from mamp_plugin.visualization.feature_figures import EMBEDDINGS, confusion_matrix, embed
from mamp_plugin.visualization.report.runs import Run
from mamp_plugin.visualization.report.sequences import Panel, describe_layout, hidden_panels, pack, view_panels

_HIDDEN = 'Pale bones and missing dots are hidden from the encoder.'
_ADDED = 'Predicted motion is added up from the true first pose.'
_VIEWS = 'The views are those of a training step, with its augmentation.'
_FEATURES = 'The model predicts features of a teacher, which are no poses to draw.'


class Features(NamedTuple):
    """Features of evaluation sequences, and what their nearest training sequences say.

    Args:
        values (np.ndarray): Features, ``(N, D)``.
        labels (np.ndarray): Classes, ``(N, )``.
        predicted (np.ndarray): Classes of the nearest training sequences, ``(N, )``.
        names (list[str]): Names of the sequences.
        classes (list[str]): Names of the classes.
        source (str): Where the features are from.
    """

    values: np.ndarray
    labels: np.ndarray
    predicted: np.ndarray
    names: List[str]
    classes: List[str]
    source: str

    def confusion(self) -> Dict[str, Any]:
        """Return the confusion matrix of 1-NN as plain data."""
        matrix = confusion_matrix(self.labels, self.predicted, len(self.classes))
        return dict(title=f'1-NN, {self.source}', classes=self.classes, matrix=matrix.tolist())

    def embedding(self, method: str, seed: int) -> Dict[str, Any]:
        """Return the features on a plane as plain data, see :func:`embed`."""
        points = embed(self.values, method, seed)
        points = (points - points.mean(axis=0)) / (np.abs(points - points.mean(axis=0)).max() or 1)
        title = f'{EMBEDDINGS[method]}, {self.source}'
        facts = dict(labels=self.labels.tolist(), names=self.names, classes=self.classes)
        return dict(title=title, points=points.round(4).tolist(), **facts)


class TrainedRun:
    """Newest whole checkpoint of a run.

    Args:
        run (Run): The run.
    """

    def __init__(self, run: Run) -> None:
        newest = newest_whole(str(run.folder))
        if newest.path is None:
            reason = '; '.join(newest.broken)
            raise ValueError(
                f'no features and sequences: {run.folder} has no whole checkpoint'
                + (f' ({reason})' if reason else ' yet; write the report again after one is saved')
            )
        self.trained = read_checkpoint(newest.path)
        self.file = newest.path.rpartition('/')[2]

    @cached_property
    def model(self) -> BaseModel:
        """The model, in eval mode."""
        return build_trained_model(self.trained).to(get_device())

    @cached_property
    def classes(self) -> List[str]:
        """Names of the classes, as far as they are known."""
        return class_names(self.trained, None)

    def named(self, count: int) -> List[str]:
        """Return names for a number of classes."""
        return self.classes if len(self.classes) == count else [f'class {label}' for label in range(count)]

    def features(self, limit: int) -> Features:
        """Encode evaluation sequences, and as many of the training data to find the nearest among.

        Args:
            limit (int): Sequences of each at most, drawn at random.
        """
        train, val = (self._build(config) for config in evaluation_datasets(self.trained.cfg))
        chosen = _draw(len(val), limit)
        gallery, known = self._encode(train, _draw(len(train), limit))
        values, labels = self._encode(val, chosen)
        predicted = nearest_neighbors(values, gallery, known)
        count = int(max(labels.max(), known.max())) + 1
        return Features(
            values.float().cpu().numpy(),
            labels.cpu().numpy(),
            predicted.cpu().numpy(),
            [str(val.get_data_info(index).get('frame_dir', index)) for index in chosen],
            self.named(max(count, len(self.classes))),
            f'{self.file}, {len(chosen)} of {len(val)} evaluation sequences',
        )

    def sequences(self, count: int, seed: int) -> Dict[str, Any]:
        """Return evaluation sequences to play as plain data.

        Args:
            count (int): Number of sequences, drawn at random.
            seed (int): Seed of the draw, of masks and augmentation.
        """
        masked = isinstance(self.model, MaskedPretrainer)
        config = evaluation_datasets(self.trained.cfg)[1]
        if not masked:
            config = dict(evaluation_data(self.trained.cfg), pipeline=pretraining_dataset(self.trained.cfg).pipeline)
        dataset, read = self._build(config), self._hidden if masked else self._views
        layout = get_layout(self.trained.cfg.model.backbone.layout)
        chosen = [self._sequence(dataset, index, read, seed, layout) for index in _draw(len(dataset), count, seed)]
        sequences = [each for each in chosen if each]
        return dict(layout=describe_layout(layout), sequences=sequences, note=self._note(sequences))

    def _sequence(self, dataset: Any, index: int, read: Callable, seed: int, layout: Any) -> Dict[str, Any]:
        with preserved_rng_state():
            set_random_seed(seed + index)
            inputs = torch.as_tensor(np.asarray(dataset[index]['inputs'])).float().to(get_device())
        if not inputs.any():
            return {}
        info = dataset.get_data_info(index)
        names, label = self.classes, info.get('label')
        known = isinstance(label, (int, np.integer))
        title = names[label] if known and label < len(names) else f'class {label}'
        panels = pack(read(inputs, seed + index), layout)
        return dict(name=str(info.get('frame_dir', index)), label=title, panels=panels)

    def _hidden(self, inputs: torch.Tensor, seed: int) -> List[Panel]:
        return hidden_panels(self.model, inputs[0], seed)

    def _views(self, inputs: torch.Tensor, seed: int) -> List[Panel]:
        return view_panels(self.model, inputs, seed)

    def _note(self, sequences: List[dict]) -> str:
        predicted = any('predicted' in panel['title'] for each in sequences for panel in each['panels'])
        if not isinstance(self.model, MaskedPretrainer):
            return f'{_VIEWS} {_HIDDEN}' if predicted else _VIEWS
        motion = getattr(self.model.head, 'target', None) == 'motion'
        return f'{_HIDDEN} {_ADDED}' if motion else _HIDDEN if predicted else f'{_HIDDEN} {_FEATURES}'

    def _build(self, config: dict) -> Any:
        """Build a data set of the checkpoint's config, of which only registered types are accepted."""
        kind = config['type']
        if kind not in DATASETS.module_dict:
            raise ValueError(
                f'the config in {self.trained.source} has a data set of type {str(kind)[:80]!r}, which is not '
                'registered; report runs whose data sets come with mmaction2 or mamp-plugin, or give --no-features '
                '--sequences 0'
            )
        return DATASETS.build(dict(config, pipeline=self.trained.checked(config['pipeline'])))

    def _encode(self, dataset: Any, chosen: List[int]) -> Any:
        return extract_features(self.model, Subset(dataset, chosen), track=show_progress)


def _draw(length: int, count: int, seed: int = 0) -> List[int]:
    """Draw indices: evenly spaced ones may be of a few classes, where classes take turns."""
    return sorted(np.random.default_rng(seed).permutation(length)[:count].tolist())
