"""Figures of features and scores: an embedding, nearest neighbors, confusion of classes."""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from mamp_plugin.dependencies import import_extra

from .looks import LIGHT, Look, drawing, new_figure
from .skeletons import SkeletonArtist, limits
from .strips import Strip, set_limits

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Methods of embedding and their names.
EMBEDDINGS = dict(pca='PCA', tsne='t-SNE', umap='UMAP')
_NUM_POSES = 4
_MOST_NAMED = 40


def embed(features: np.ndarray, method: str = 'pca', seed: int = 0) -> np.ndarray:
    """Return features ``(N, D)`` as points of a plane, ``(N, 2)``.

    Args:
        features (np.ndarray): Features.
        method (str): 'pca', 'tsne', which needs scikit-learn, or 'umap', which needs umap-learn. Defaults to 'pca'.
        seed (int): Seed of t-SNE and UMAP. Defaults to 0.
    """
    if method not in EMBEDDINGS:
        raise ValueError(f'method must be one of {", ".join(EMBEDDINGS)}, got {method!r}')
    if len(features) < 3:
        raise ValueError(f'an embedding needs at least 3 sequences, got {len(features)}')
    centered = features.astype(np.float64) - features.mean(axis=0)
    if method == 'tsne':
        perplexity = min(30, (len(features) - 1) / 3)
        manifold = import_extra('sklearn.manifold', 'optional')
        return manifold.TSNE(perplexity=perplexity, init='pca', random_state=seed).fit_transform(centered)
    if method == 'umap':
        neighbors = min(15, len(features) - 1)
        return _umap().UMAP(n_neighbors=neighbors, random_state=seed, n_jobs=1).fit_transform(centered)
    _, _, axes = np.linalg.svd(centered, full_matrices=False)
    return centered @ axes[:2].T


def _umap() -> ModuleType:
    try:
        return import_module('umap')
    except ImportError as error:
        raise ImportError(f"{error}; run pip install umap-learn, or choose 'tsne'") from error


def embedding_figure(points: np.ndarray, labels: Sequence[str], title: str = '', look: Look = LIGHT) -> 'Figure':
    """Draw points ``(N, 2)`` in a color and shape for each class, with a legend."""
    names = sorted(set(labels))
    colormap = import_extra('matplotlib', 'optional').colormaps['tab10']
    columns = -(-len(names) // 24)
    with drawing(look):
        figure = new_figure(5 + 1.9 * columns, 4.6, look)
        panel = figure.add_axes((0.02, 0.02, 4.6 / figure.get_figwidth(), 0.9))
        for number, name in enumerate(names):
            x, y = points[np.array(labels) == name].T
            color, marker = colormap(number % 10), 'osv^DPX*'[number // 10 % 8]
            panel.scatter(x, y, s=14, color=color, marker=marker, label=name, linewidths=0)
        panel.set(xticks=[], yticks=[])
        panel.spines[:].set_color(look.faint)
        panel.set_title(title, fontsize=9, loc='left', parse_math=False)
        panel.legend(
            loc='upper left', bbox_to_anchor=(1.01, 1), fontsize=7.5, frameon=False, ncols=columns, borderaxespad=0
        )
    return figure


def neighbors_figure(
    rows: Sequence[List[Tuple[Strip, Optional[bool]]]], look: Look = LIGHT, title: str = ''
) -> 'Figure':
    """Draw queries and their nearest sequences side by side, a few poses of each in one panel.

    Args:
        rows (sequence[list[tuple]]): For each query, the strip of the query and those of its neighbors, nearest first,
            each with True if it is of the query's class, None if that is not known.
        look (Look): Colors. Defaults to :data:`LIGHT`.
        title (str): Text above. Defaults to none.
    """
    columns = max(map(len, rows))
    with drawing(look):
        figure = new_figure(2.3 * columns, 0.3 + 1.75 * len(rows), look)
        figure.text(0.01, 1 - 0.06 / figure.get_figheight(), title, va='top', fontsize=8.5, parse_math=False)
        panels = figure.subplots(len(rows), columns, squeeze=False)
        top = 1 - 0.52 / figure.get_figheight()
        figure.subplots_adjust(left=0.01, right=0.99, bottom=0.01, top=top, wspace=0.04, hspace=0.2)
        for panel in panels.flat:
            panel.set_axis_off()
        for row, line in zip(rows, panels):
            for column, ((strip, same), panel) in enumerate(zip(row, line)):
                panel.set_axis_on()
                _draw_poses(panel, strip, look)
                panel.set_title(strip.title, fontsize=7.5, pad=3, parse_math=False)
                if column and same is not None:
                    panel.spines[:].set(color=look.true if same else look.predicted, linewidth=1.5)
    return figure


def _draw_poses(panel: Any, strip: Strip, look: Look) -> None:
    """Draw a few poses side by side in one panel."""
    points = strip.points[:, strip.frames(_NUM_POSES)]
    across, up = limits(points, narrowest=0.3)
    step = np.ptp(across) * 0.8
    for number in range(points.shape[1]):
        SkeletonArtist(panel, strip.layout, look, linewidth=1.2).show(points[:, number] + (number * step, 0))
    set_limits(panel, (np.array((across[0], across[1] + step * (points.shape[1] - 1))), up), look)


def confusion_matrix(labels: np.ndarray, predicted: np.ndarray, count: int) -> np.ndarray:
    """Return the number of samples by true class (rows) and predicted class, ``(count, count)``."""
    matrix = np.zeros((count, count), dtype=np.int64)
    np.add.at(matrix, (labels, predicted), 1)
    return matrix


def confusion_figure(labels: np.ndarray, predicted: np.ndarray, classes: Sequence[str], look: Look = LIGHT) -> 'Figure':
    """Draw the confusion matrix in shares of the true class, and the accuracy of each class.

    Args:
        labels (np.ndarray): True classes, ``(N, )``.
        predicted (np.ndarray): Predicted classes, ``(N, )``.
        classes (sequence[str]): Names.
        look (Look): Colors. Defaults to :data:`LIGHT`.
    """
    count = len(classes)
    matrix = confusion_matrix(labels, predicted, count)
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    side = min(max(3.2, 0.24 * count), 12)
    names = [name[:24] for name in classes] if count <= _MOST_NAMED else [''] * count
    with drawing(look):
        figure = new_figure(1.9 * side + 1.6, side + 1.6, look, layout='constrained')
        table, bars = figure.subplots(1, 2, width_ratios=(1.15, 0.75))
        image = table.imshow(shares, cmap='viridis', vmin=0, vmax=1, interpolation='nearest')
        places = range(count)
        size: Dict[str, Any] = dict(labelsize=7, colors=look.ink, length=0)
        table.set_xticks(places, names, rotation=90)
        table.set_yticks(places, names)
        table.tick_params(**size)
        table.set(xlabel='predicted', ylabel='true')
        figure.colorbar(image, ax=table, shrink=0.6).ax.tick_params(labelsize=7, colors=look.ink)
        accuracy = np.where(matrix.sum(axis=1) > 0, 100 * shares.diagonal(), np.nan)
        bars.barh(places, np.nan_to_num(accuracy), color='#1f77b4')
        bars.set(xlim=(0, 100), ylim=(count - 0.5, -0.5), xlabel='accuracy of the class, %')
        bars.set_yticks(places, [f'{value:.0f}' if np.isfinite(value) else '' for value in accuracy])
        bars.tick_params(**size)
        bars.spines[['top', 'right']].set_visible(False)
        total = 100 * (labels == predicted).mean()
        bars.set_title(f'{total:.1f} % of {len(labels)}, mean of classes {np.nanmean(accuracy):.1f} %', fontsize=8)
    return figure
