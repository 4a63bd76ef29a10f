"""Figures of a data set: sequence lengths, class counts and sample skeletons."""

from pathlib import Path
from typing import TYPE_CHECKING, Callable, Dict, List

import numpy as np

from mamp_plugin.datasets.annotations.content import name_of
from mamp_plugin.datasets.annotations.inspection import Findings
from mamp_plugin.skeletons import SkeletonLayout

from .looks import LIGHT, new_figure, save_figure
from .strips import Strip, strips_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NUM_SEQUENCES = 6
_BLUE, _RED = (LIGHT.persons[0][side] for side in ('left', 'right'))


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
        save_figure(figure, path)
    return paths


def lengths_figure(findings: Findings) -> 'Figure':
    """Plot the histograms of sequence lengths and of persons per sequence."""
    figure = new_figure(10, 4, layout='constrained')
    lengths, persons = figure.subplots(1, 2, width_ratios=(3, 1))
    bins = min(50, np.ptp(findings.lengths) + 1)
    lengths.hist(findings.lengths, bins=bins, color=_BLUE)
    median = np.median(findings.lengths)
    lengths.axvline(median, color=_RED, label=f'median {median:g}')
    lengths.legend(frameon=False)
    lengths.set(xlabel='frames', ylabel='sequences', title=f'Lengths of {len(findings.lengths)} sequences')
    numbers, counts = np.unique(findings.persons, return_counts=True)
    persons.bar(numbers.astype(str), counts, color=_BLUE)
    persons.set(xlabel='persons', title='Persons per sequence')
    return figure


def classes_figure(findings: Findings) -> 'Figure':
    """Plot the number of sequences per class, for all data and for each split."""
    classes = findings.classes
    labels = sorted(classes['all'])
    width = max(8, min(24, 2 + 0.22 * len(labels)))
    figure = new_figure(width, 1 + 1.6 * len(classes), layout='constrained')
    panels = figure.subplots(len(classes), 1, sharex=True, squeeze=False)[:, 0]
    for panel, (split, counts) in zip(panels, classes.items()):
        panel.bar(labels, [counts[label] for label in labels], color=_BLUE)
        panel.set_title(f'{split}: {sum(counts.values())}', loc='left', fontsize=10, parse_math=False)
        panel.yaxis.get_major_locator().set_params(integer=True)
        panel.spines[['top', 'right']].set_visible(False)
        panel.margins(x=0.01)
    panel.set_xlabel('class')
    figure.suptitle('Sequences per class')
    return figure


def sequences_figure(annotations: List[Dict], layout: SkeletonLayout) -> 'Figure':
    """Plot evenly spaced frames of each sequence in a row."""
    return strips_figure([_strip(annotation, layout) for annotation in annotations])[0]


def _strip(annotation: Dict, layout: SkeletonLayout) -> Strip:
    name, label = str(name_of(annotation))[:24], annotation.get('label')
    return Strip.of(annotation['keypoint'], layout, name if label is None else f'{name}\nclass {label}')
