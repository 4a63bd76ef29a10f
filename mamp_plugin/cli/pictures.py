"""Pictures that tools/analysis_tools/visualize.py draws."""

import argparse
from itertools import islice
from typing import Any, Dict, Iterator, List, Optional, Tuple

import numpy as np
import torch
from torch.nn.functional import normalize

from mamp_plugin.apis.encoder import SkeletonEncoder
from mamp_plugin.apis.sequences import as_sample
from mamp_plugin.apis.trained import Trained, build_trained_model, class_names, read_checkpoint
from mamp_plugin.datasets import SyntheticSkeletonDataset
from mamp_plugin.datasets.annotations.classes import read_classes
from mamp_plugin.datasets.preparation.sequence_files import SequenceFiles, open_sequences
from mamp_plugin.engine.checkpoints.published import is_published
from mamp_plugin.evaluation.nearest_neighbors import Samples, search
from mamp_plugin.evaluation.score_files import load_scores
from mamp_plugin.skeletons import get_layout
from mamp_plugin.visualization import feature_figures, looks, mask_figures
from mamp_plugin.visualization.attention import attention_figure
from mamp_plugin.visualization.hidden_motion import check_maskable, predict_hidden
from mamp_plugin.visualization.strips import Strip, moving_figure, strips_figure


def read_sequences(path: Optional[str], layout: Optional[str], limit: Optional[int] = None) -> Iterator[Dict[str, Any]]:
    """Yield samples of a file, of the synthetic data without one; with a limit, evenly spaced ones."""
    if path is None:
        dataset = SyntheticSkeletonDataset([], split='xsub_val', layout=layout or 'nturgb+d')
        files = SequenceFiles(range(len(dataset)), lambda index: [dataset.get_data_info(index)], [])
    else:
        files = open_sequences(path, layout)
    items = files.items
    if limit is not None and len(items) > limit:
        items = [items[number * len(items) // limit] for number in range(limit)]
    for number, annotation in enumerate(each for item in items for each in files.read(item)):
        label = {'label': annotation['label']} if 'label' in annotation else {}
        yield dict(as_sample(annotation, layout or annotation.get('layout'), f'sequence {number}'), **label)


def pick(args: argparse.Namespace, path: Optional[str], layout: Optional[str]) -> Dict[str, Any]:
    """Return the sample ``--index``."""
    if args.index < 0:
        raise ValueError(f'--index counts from 0, got {args.index}')
    sample = next(islice(read_sequences(path, layout), args.index, None), None)
    if sample is None:
        raise ValueError(f'{path or "the synthetic data"} has no sequence {args.index}; lower --index')
    return sample


def pick_clip(args: argparse.Namespace, encoder: SkeletonEncoder) -> Tuple[str, torch.Tensor]:
    """Return the sample ``--index`` as the encoder reads it, ``(M, T, V, C)``, and its layout."""
    sample = pick(args, args.input, args.layout or encoder.layout)
    return sample['layout'], encoder.apply_pipeline(sample)[0].float()


def moves(args: argparse.Namespace) -> bool:
    return looks.extension(args.out) in looks.MOVING_FORMATS


def draw_skeleton(args: argparse.Namespace, look: looks.Look) -> Any:
    """Draw a sequence as it is."""
    path, layout = args.checkpoint, args.layout
    if args.input or path.endswith(('.pth', '.pt')) or is_published(path):
        layout = layout or read_checkpoint(path, args.config).cfg.model.backbone.layout
        path = args.input
    sample = pick(args, path, layout)
    strip = Strip.of(sample['keypoint'], get_layout(sample['layout']), str(sample['frame_dir'])[:24])
    return moving_figure([strip], look) if moves(args) else strips_figure([strip], args.frames, look)[0]


def draw_hidden(args: argparse.Namespace, look: looks.Look) -> Any:
    """Draw the mask of a sequence, or the prediction."""
    trained = read_checkpoint(args.checkpoint, args.config)
    if 'masking' not in trained.cfg.model:
        raise ValueError(
            f'{args.checkpoint} has no model.masking in its config, so it hides nothing; give a checkpoint of a masked '
            'pretraining such as MAMP'
        )
    if args.ratio is not None:
        trained.cfg.model.masking.ratio = args.ratio
    model = check_maskable(build_trained_model(trained), args.checkpoint)
    _, clip = pick_clip(args, SkeletonEncoder.of(trained, 'cpu'))
    found = predict_hidden(model, clip, args.seed)
    if moves(args):
        animate = mask_figures.mask_animation if args.what == 'mask' else mask_figures.prediction_animation
        return animate(found, look)
    draw = mask_figures.mask_figure if args.what == 'mask' else mask_figures.prediction_figure
    return draw(found, look, args.frames)


def draw_attention(args: argparse.Namespace, look: looks.Look) -> Any:
    """Draw the attention of the encoder, rolled out over joints and time."""
    encoder = SkeletonEncoder.of(read_checkpoint(args.checkpoint, args.config), 'cpu')
    layout, clip = pick_clip(args, encoder)
    return attention_figure(encoder.backbone, clip, layout, look, args.frames)


class Encoded:
    """Sequences with their features and class names, None where a sequence has no label."""

    def __init__(self, args: argparse.Namespace) -> None:
        trained: Trained = read_checkpoint(args.checkpoint, args.config)
        encoder = SkeletonEncoder.of(trained)
        self.samples: List[dict] = list(read_sequences(args.input, args.layout or encoder.layout, args.limit))
        self.features = encoder(self.samples)
        names = class_names(trained, None, args.classes)
        labels = [sample.get('label') for sample in self.samples]
        self.classes = [
            label if label is None else names[label] if label < len(names) else f'class {label}' for label in labels
        ]

    def strip(self, index: int, note: str = '') -> Strip:
        """Return a sequence to draw."""
        sample = self.samples[index]
        title = self.classes[index] or str(sample['frame_dir'])
        return Strip.of(sample['keypoint'], get_layout(sample['layout']), f'{title[:28]}{note}')


def draw_neighbors(args: argparse.Namespace, look: looks.Look) -> Any:
    """Draw queries and their nearest sequences by cosine similarity."""
    found = Encoded(args)
    count = len(found.samples)
    if count < 2:
        raise ValueError(f'neighbors need at least 2 sequences, got {count}')
    features, places = normalize(found.features.float(), dim=1), torch.arange(count)
    queries = [(2 * number + 1) * count // (2 * args.queries) for number in range(min(args.queries, count))]
    ((similarities, neighbors),) = search(
        [features[queries]], [Samples(features, places, places)], min(args.k + 1, count)
    )
    rows = []
    for query, near, places in zip(queries, similarities.tolist(), neighbors.tolist()):
        others = [(place, value) for place, value in zip(places, near) if place != query][: args.k]
        own = found.classes[query]
        row: list = [(found.strip(query, ' (query)'), None)]
        row += [(found.strip(place, f'  {value:.2f}'), own and own == found.classes[place]) for place, value in others]
        rows.append(row)
    title = f'queries and their nearest of {count} sequences, cosine similarity; green: same class, orange: another'
    return feature_figures.neighbors_figure(rows, look, title)


def draw_embedding(args: argparse.Namespace, look: looks.Look) -> Any:
    """Draw features on a plane, colored by class."""
    found = Encoded(args)
    points = feature_figures.embed(found.features.float().numpy(), args.method, args.seed)
    title = f'{feature_figures.EMBEDDINGS[args.method]} of the features of {len(points)} sequences'
    return feature_figures.embedding_figure(points, [name or 'no label' for name in found.classes], title, look)


def draw_confusion(args: argparse.Namespace, look: looks.Look) -> Any:
    """Draw the confusion matrix and the accuracy of each class from a score file."""
    found = load_scores(args.checkpoint)
    count = found.scores.shape[1]
    classes = read_classes(args.classes) if args.classes else [str(label) for label in range(count)]
    if len(classes) != count:
        raise ValueError(f'{args.classes} has {len(classes)} class names, but {args.checkpoint} has {count} classes')
    return feature_figures.confusion_figure(found.labels, np.argmax(found.scores, axis=1), classes, look)
