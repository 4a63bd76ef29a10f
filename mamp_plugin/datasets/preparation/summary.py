"""What is said at the end of a preparation."""

import textwrap
from typing import Any, Dict, List, Tuple

from .converted import Converted
from .preparation import Preparation


def summary(preparation: Preparation, content: Dict[str, Any], converted: Converted, out: str) -> str:
    """What the annotation file holds, and everything that was left out, by reason."""
    annotations = content['annotations']
    lengths = [annotation['total_frames'] for annotation in annotations]
    persons = [len(annotation['keypoint']) for annotation in annotations]
    lines = [
        f'{out}: {len(annotations)} sequences of {_range(lengths)} frames, '
        f'persons: {_range(persons)}, layout {preparation.layout}'
    ]
    for name, members in content['split'].items():
        published = preparation.published.get(name)
        complete = f'  (complete: {published})' if published not in (None, len(members)) else ''
        lines.append(f'  {name:<14}{len(members):>8}{complete}')
    lines.append(f'  {"left out":<14}{len(converted.left_out):>8}')
    lines += _by_reason(converted.left_out) + _by_reason(converted.remarks)
    return '\n'.join(lines + preparation.notes)


def _range(values: List[int]) -> str:
    low, high = min(values), max(values)
    return str(low) if low == high else f'{low} to {high}'


def _by_reason(found: List[Tuple[str, str]]) -> List[str]:
    reasons: Dict[str, List[str]] = {}
    for name, reason in found:
        reasons.setdefault(reason, []).append(name)
    lines = []
    for reason, names in reasons.items():
        lines.append(f'{reason}: {len(names)}')
        lines += textwrap.wrap(' '.join(sorted(names)), 116, initial_indent='    ', subsequent_indent='    ')
    return lines
