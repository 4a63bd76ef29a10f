"""Text report of an inspection."""

from collections import Counter
from typing import Dict, List

import numpy as np

from .inspection import Findings

#: Number of names that are listed as examples.
_EXAMPLES = 5


def report(findings: Findings) -> str:
    """Return the findings as text, one per line."""
    lines = [f'sequences   {len(findings.names)}']
    coordinates = 0
    if findings.skeleton:
        joints, coordinates = findings.skeleton
        names = [layout.name for layout in findings.layouts]
        layout = f'layout {" or ".join(names)}' if names else 'no known layout'
        lines += [
            f'skeleton    {joints} joints with {coordinates} coordinates, {layout}',
            f'frames      {_spread(findings.lengths)}',
            f'persons     {_counts(Counter(findings.persons))}',
            f'no persons  in {findings.empty_frames} of {sum(findings.lengths)} frames',
        ]
    if coordinates in findings.lowest:
        ranges = zip(findings.lowest[coordinates], findings.highest[coordinates])
        lines.append(
            'values      ' + ', '.join(f'{axis} {low:.4g} to {high:.4g}' for axis, (low, high) in zip('xyz', ranges))
        )
    lines += _class_table(findings.classes)
    lines += _listed('Remarks', findings.remarks) + _listed('Problems', findings.problems)
    return '\n'.join(lines)


def _spread(values: List[int]) -> str:
    return f'{min(values)} to {max(values)}, median {np.median(values):g}'


def _counts(counter: Counter) -> str:
    return ', '.join(f'{key} in {counter[key]} sequences' for key in sorted(counter))


def _class_table(classes: Dict[str, Counter]) -> List[str]:
    """Return a table with a row per class and a column per split."""
    counts = classes['all']
    if not counts:
        return []
    lines = [f'classes     {len(counts)}, of {_spread(list(counts.values()))} sequences', '']
    widths = {split: max(len(_shown(split)), 7) + 2 for split in classes}
    lines.append('  class' + ''.join(f'{_shown(split):>{width}}' for split, width in widths.items()))
    for label in sorted(counts):
        lines.append(f'{label:>7}' + ''.join(f'{classes[split][label]:>{width}}' for split, width in widths.items()))
    return lines


def _listed(title: str, found: Dict[str, List[str]]) -> List[str]:
    lines = ['', f'{title}: {len(found) or "none"}']
    for what, names in found.items():
        more = f' and {len(names) - _EXAMPLES} more' if len(names) > _EXAMPLES else ''
        lines.append(f'  {what}: {len(names)} ({", ".join(map(_shown, names[:_EXAMPLES]))}{more})')
    return lines


def _shown(name: str) -> str:
    """Return a name without control characters."""
    return name if name.isprintable() else ascii(name)
