"""Default occlusions of the occlusion test."""

from itertools import combinations
from typing import Dict, List

_PARTS = ['trunk', 'left_arm', 'right_arm', 'left_leg', 'right_leg']
#: Transforms of each occlusion: single body parts, pairs of them, and stretches of frames, whose start depends on the
#: sample and the seed.
OCCLUSIONS: Dict[str, List[dict]] = {
    'none': [],
    **{part: [dict(type='OccludeBodyParts', parts=[part])] for part in _PARTS},
    **{' + '.join(pair): [dict(type='OccludeBodyParts', parts=list(pair))] for pair in combinations(_PARTS, 2)},
    'frames 1/4': [dict(type='OccludeFrames', share=0.25, seed=0)],
    'frames 1/2': [dict(type='OccludeFrames', share=0.5, seed=0)],
    'frames 3/4': [dict(type='OccludeFrames', share=0.75, seed=0)],
}
