"""Figures of what a masked pretraining hides and predicts."""

from typing import TYPE_CHECKING, Any, Callable, Dict, List, Tuple

import numpy as np

from .hidden_motion import HiddenMotion
from .looks import LIGHT, Look
from .skeletons import limits, project
from .strips import Strip, legend_line, moving_figure, strips_figure
from .token_grids import GRIDS, draw_token_grids

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Length of the longest arrow, as a share of the panel.
_ARROW = 0.22
_QUIVER: Dict[str, Any] = dict(
    angles='xy', scale_units='xy', scale=1, width=0.014, headwidth=3, headlength=3.5, minlength=0, zorder=4, alpha=0.85
)


def mask_figure(found: HiddenMotion, look: Look = LIGHT, num_frames: int = 8) -> 'Figure':
    """Draw the sequence with hidden tokens pale, and the tokens of the most moving person colored by motion."""
    share = found.hidden.mean()
    caption = f'{share:.0%} of the tokens are hidden: their joints have no dot and pale bones'
    figure, _ = strips_figure([_seen(found, 'encoder sees')], num_frames, look, caption, below=GRIDS)
    intensity = found.intensity[0]
    seen = np.ma.masked_array(intensity, found.hidden[0])
    titles = ('motion intensity of all tokens', 'visible tokens')
    draw_token_grids(figure, (intensity, seen), titles, found.layout, found.patch_size, look)
    return figure


def prediction_figure(found: HiddenMotion, look: Look = LIGHT, num_frames: int = 6) -> 'Figure':
    """Draw what the encoder sees, and above true poses the true and predicted motion, or predicted poses."""
    _check_drawable(found)
    seen = _seen(found, 'encoder sees')
    if found.target == 'joint':
        strips = [_true(found, 'true'), seen, _predicted(found, 'predicted')]
        return strips_figure(strips, num_frames, look, _note(found))[0]
    caption = f'motion of hidden tokens over {found.patch_size[0]} frames, enlarged; {_note(found)}'
    pale = _true(found, 'motion')._replace(visible=np.zeros_like(found.visible_joints))
    lines = [legend_line(look.true, 'true motion'), legend_line(look.predicted, 'predicted motion')]
    figure, panels = strips_figure([seen, pale], num_frames, look, caption, handles=lines)
    _draw_arrows(panels[1], found, seen.frames(num_frames), look)
    return figure


def _draw_arrows(panels: List['Axes'], found: HiddenMotion, frames: np.ndarray, look: Look) -> None:
    """Draw true and predicted motion of hidden joints over a token as arrows of one scale."""
    hidden, start = ~found.visible_joints, _true(found).points
    ways = [_ways(values, found, frames) for values in (found.true, found.predicted)]
    longest = np.nan_to_num(np.linalg.norm(ways[0], axis=-1)).max()
    scale = np.ptp(limits(start)[1]) * _ARROW / (longest or 1)
    for number, (panel, frame) in enumerate(zip(panels, frames)):
        shown = hidden[:, frame] & np.isfinite(start[:, frame]).all(axis=-1)
        for arrows, color in zip(ways, (look.true, look.predicted)):
            ends = start[:, frame][shown].T, (arrows[number][shown] * scale).T
            panel.quiver(*ends[0], *ends[1], color=color, **_QUIVER)


def _ways(motion: np.ndarray, found: HiddenMotion, frames: np.ndarray) -> np.ndarray:
    """Return motion over the tokens of some frames on the picture, ``(frames, M, V, 2)``."""
    steps, length = project_motion(motion, found), found.patch_size[0]
    return np.stack([steps[:, frame - frame % length :][:, :length].sum(axis=1) for frame in frames])


def project_motion(motion: np.ndarray, found: HiddenMotion) -> np.ndarray:
    """Project motion ``(M, T, V, C)`` of one frame step onto the picture, ``(M, T, V, 2)``."""
    poses = found.keypoint[..., : motion.shape[-1]]
    both = np.concatenate([poses, poses + motion])  # one projection of both, whatever stands upright
    before, after = np.split(project(both, found.layout, centered=True), 2)
    return after - before


def prediction_animation(found: HiddenMotion, look: Look = LIGHT) -> Tuple['Figure', Callable[[int], None], int]:
    """Play the true sequence, what the encoder sees and the prediction side by side, see :func:`moving_figure`."""
    _check_drawable(found)
    how = 'added up from the true first pose' if found.target == 'motion' else 'in their place'
    caption = f'predicted: true {found.target} of visible tokens, predicted of hidden ones, {how}; {_note(found)}'
    strips = [_true(found, 'true'), _seen(found, 'encoder sees'), _predicted(found, 'predicted')]
    return moving_figure(strips, look, caption)


def mask_animation(found: HiddenMotion, look: Look = LIGHT) -> Tuple['Figure', Callable[[int], None], int]:
    """Play the true sequence and what the encoder sees side by side, see :func:`moving_figure`."""
    strips = [_true(found, 'true'), _seen(found, 'encoder sees')]
    return moving_figure(strips, look, f'{found.hidden.mean():.0%} of the tokens are hidden')


def _true(found: HiddenMotion, title: str = '') -> Strip:
    return Strip.of(found.keypoint, found.layout, title, centered=True)


def _seen(found: HiddenMotion, title: str) -> Strip:
    return _true(found, title)._replace(visible=found.visible_joints)


def _predicted(found: HiddenMotion, title: str) -> Strip:
    return Strip.of(found.predicted_poses(), found.layout, title, centered=True)


def _note(found: HiddenMotion) -> str:
    """Return what the normalization of the targets means for predictions in the units of the data."""
    if found.normalize == 'token':
        return 'predictions have the true mean and variance of their token'
    if found.normalize == 'sequence':
        return 'predictions are scaled by the true deviation of the sequence'
    return 'predictions are as the model gives them'


def _check_drawable(found: HiddenMotion) -> None:
    if found.target == 'features':
        raise ValueError(
            'this model predicts features of a teacher, which are no motion to draw; draw its mask instead'
        )
