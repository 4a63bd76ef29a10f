"""Recipe that tests a linear classifier on partly hidden sequences."""

from itertools import combinations
from typing import Any, Dict

from mmengine.config import ConfigDict

from .classification import linear

_PARTS = ('trunk', 'left_arm', 'right_arm', 'left_leg', 'right_leg')


def _hide(*parts: str) -> list:
    return [dict(type='OccludeBodyParts', parts=list(parts))]


#: Transforms that hide something from a classifier, by name: body parts alone and in pairs, and a span of the frames.
OCCLUSIONS: Dict[str, list] = {
    'none': [],
    **{part: _hide(part) for part in _PARTS},
    **{' + '.join(pair): _hide(*pair) for pair in combinations(_PARTS, 2)},
    'frames 1/4': [dict(type='OccludeFrames', share=0.25, seed=0)],
    'frames 1/2': [dict(type='OccludeFrames', share=0.5, seed=0)],
    'frames 3/4': [dict(type='OccludeFrames', share=0.75, seed=0)],
}


def occlusion(cfg: ConfigDict, **options: Any) -> Dict[str, Any]:
    """Train a linear classifier that ``tools/analysis_tools/occlusion.py`` tests with body parts or frames hidden.

    Args:
        cfg (ConfigDict): Resolved pretraining config.
        **options: Those of :func:`linear`.
    """
    return dict(linear(cfg, **options), occlusions=OCCLUSIONS)
