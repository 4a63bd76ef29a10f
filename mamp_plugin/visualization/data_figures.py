"""Figures of a data set: sequence lengths, class counts and sample skeletons."""

from pathlib import Path
from typing import Callable, Dict, List

import numpy as np

from mamp_plugin.datasets.annotations.content import name_of
from mamp_plugin.datasets.annotations.inspection import Findings
from mamp_plugin.output_files import open_atomically
from mamp_plugin.skeletons import SkeletonLayout

try:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D
except ImportError as error:
    raise ImportError("figures need matplotlib, which is not installed; run 'pip install matplotlib'") from error

_NUM_SEQUENCES = 6
_NUM_FRAMES = 8
_BOTH_WAYS = np.array((-1, 1))
#: Colors of the trunk and of left and right limbs, for the first and for all other persons.
_COLORS = (
    {'trunk': '#333333', 'left': '#1f77b4', 'right': '#d62728'},
    {'trunk': '#aaaaaa', 'left': '#7fc4ee', 'right': '#f5a3a0'},
)


def draw_findings(findings: Findings, read: Callable[[int], Dict], folder: str) -> List[str]:
    """Save the figures of an inspection as PNG files; skeletons are drawn if their layout is known.

    Args:
        findings (Findings): Result of the inspection.
        read (Callable): Function that returns the annotation at an index.
        folder (str): Output folder; created if missing.

    Returns:
        list[str]: Paths of the files.
    """
    figures = {}
    if findings.rows:
        figures['lengths.png'] = lengths_figure(findings)
    if findings.classes['all']:
        figures['classes.png'] = classes_figure(findings)
    if len(findings.layouts) == 1:
        (layout,) = findings.layouts
        rows = [row for row, kind in zip(findings.rows, findings.skeletons) if kind == findings.skeleton]
        picked = np.unique(np.linspace(0, len(rows) - 1, _NUM_SEQUENCES).round().astype(int))
        figures['sequences.png'] = sequences_figure([read(rows[index]) for index in picked], layout)
    paths = [str(Path(folder, name)) for name in figures]
    for path, figure in zip(paths, figures.values()):
        with open_atomically(path) as file:
            figure.savefig(file, format='png', dpi=100)
    return paths


def lengths_figure(findings: Findings) -> Figure:
    """Plot the histograms of sequence lengths and of persons per sequence."""
    figure = Figure(figsize=(10, 4), layout='constrained')
    lengths, persons = figure.subplots(1, 2, width_ratios=(3, 1))
    bins = min(50, np.ptp(findings.lengths) + 1)
    lengths.hist(findings.lengths, bins=bins, color='#1f77b4')
    median = np.median(findings.lengths)
    lengths.axvline(median, color='#d62728', label=f'median {median:g}')
    lengths.legend(frameon=False)
    lengths.set(xlabel='frames', ylabel='sequences', title=f'Lengths of {len(findings.lengths)} sequences')
    numbers, counts = np.unique(findings.persons, return_counts=True)
    persons.bar(numbers.astype(str), counts, color='#1f77b4')
    persons.set(xlabel='persons', title='Persons per sequence')
    return figure


def classes_figure(findings: Findings) -> Figure:
    """Plot the number of sequences per class, for all data and for each split."""
    classes = findings.classes
    labels = sorted(classes['all'])
    size = max(8, min(24, 2 + 0.22 * len(labels))), 1 + 1.6 * len(classes)
    figure = Figure(figsize=size, layout='constrained')
    panels = figure.subplots(len(classes), 1, sharex=True, squeeze=False)[:, 0]
    for panel, (split, counts) in zip(panels, classes.items()):
        panel.bar(labels, [counts[label] for label in labels], color='#1f77b4')
        panel.set_title(f'{split}: {sum(counts.values())}', loc='left', fontsize=10, parse_math=False)
        panel.yaxis.get_major_locator().set_params(integer=True)
        panel.spines[['top', 'right']].set_visible(False)
        panel.margins(x=0.01)
    panel.set_xlabel('class')
    figure.suptitle('Sequences per class')
    return figure


def sequences_figure(annotations: List[Dict], layout: SkeletonLayout) -> Figure:
    """Plot evenly spaced frames of each sequence in a row, projected onto x and y."""
    figure = Figure(figsize=(0.5 + 1.8 * _NUM_FRAMES, 0.5 + 2 * len(annotations)), layout='constrained')
    panels = figure.subplots(len(annotations), _NUM_FRAMES, squeeze=False)
    for row, annotation in zip(panels, annotations):
        keypoint = annotation['keypoint'].astype(np.float32)
        frames = np.linspace(0, keypoint.shape[1] - 1, _NUM_FRAMES).round().astype(int)
        for panel, frame in zip(row, frames):
            draw_skeletons(panel, keypoint[:, frame], layout)
            panel.set_title(f'frame {frame}', fontsize=8, color='#777777')
        _same_limits(row, keypoint[:, frames], layout)
        name, label = str(name_of(annotation)), annotation.get('label')
        row[0].set_ylabel(name if label is None else f'{name[:24]}\nclass {label}', fontsize=8, parse_math=False)
    lines = [Line2D([], [], color=color, label=part) for part, color in _COLORS[0].items()]
    if any(len(annotation['keypoint']) > 1 for annotation in annotations):
        lines.append(Line2D([], [], color=_COLORS[1]['trunk'], label='other persons: lighter'))
    figure.legend(handles=lines, loc='outside upper center', ncols=len(lines), frameon=False, fontsize=9)
    return figure


def draw_skeletons(axes: Axes, keypoint: np.ndarray, layout: SkeletonLayout) -> None:
    """Draw the bones of one frame ``(M, V, C)``; joints that are zero or not finite count as missing."""
    parts = {joint: part.partition('_')[0] for part, joints in layout.parts.items() for joint in joints}
    known = np.isfinite(keypoint).all(axis=-1) & keypoint.any(axis=-1)
    for person in reversed(range(len(keypoint))):
        colors = _COLORS[min(person, len(_COLORS) - 1)]
        for bone in layout.bones:
            if known[person, list(bone)].all():
                x, y = keypoint[person, list(bone), :2].T
                axes.plot(x, y, color=colors[parts[bone[0]]], linewidth=1.6, solid_capstyle='round')
    if not known.any():
        axes.text(0.5, 0.5, 'no person', transform=axes.transAxes, ha='center', va='center', color='#777777')


def _same_limits(panels: List[Axes], keypoint: np.ndarray, layout: SkeletonLayout) -> None:
    """Set the same limits for all panels of a row; the y axis points down for pixel coordinates."""
    points = keypoint[..., :2][np.isfinite(keypoint).all(axis=-1) & keypoint.any(axis=-1)]
    for panel in panels:
        panel.set(xticks=[], yticks=[], aspect='equal')
        panel.spines[:].set_color('#dddddd')
        if len(points):
            middle, reach = (points.max(axis=0) + points.min(axis=0)) / 2, np.ptp(points, axis=0).max() * 0.55 + 1e-3
            panel.set(xlim=middle[0] + reach * _BOTH_WAYS, ylim=middle[1] + reach * _BOTH_WAYS)
        if layout.dims == 2:
            panel.yaxis.set_inverted(True)
