"""Figures of what a masked pretraining hides and predicts."""

from typing import TYPE_CHECKING, Any, Callable, Dict, List, Tuple

import numpy as np

from mamp_plugin.dependencies import import_extra

from .hidden_motion import HiddenMotion
from .looks import LIGHT, Look, drawing
from .skeletons import limits, part_order, project
from .strips import Strip, legend_line, moving_figure, strips_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Height of the token grids and length of the longest arrow, in inches and as a share of the panel.
_GRID, _ARROW = 2.6, 0.22
_CMAP = 'viridis'
_QUIVER: Dict[str, Any] = dict(
    angles='xy', scale_units='xy', scale=1, width=0.014, headwidth=3, headlength=3.5, minlength=0, zorder=4, alpha=0.85
)


def mask_figure(found: HiddenMotion, look: Look = LIGHT, num_frames: int = 8) -> 'Figure':
    """Draw the sequence with hidden tokens pale, and the tokens of the most moving person colored by motion."""
    share = found.hidden.mean()
    caption = f'{share:.0%} of the tokens are hidden: their joints have no dot and pale bones'
    figure, _ = strips_figure([_seen(found, 'encoder sees')], num_frames, look, caption, below=_GRID + 0.6)
    width, height = figure.get_size_inches()
    with drawing(look):
        left, span = 1.35 / width, (width - 2.35) / 2 / width
        places = [(left + shift, 0.42 / height, span, _GRID / height) for shift in (0, span + 0.15 / width)]
        tokens, visible = (figure.add_axes(place) for place in places)
        image = _draw_grid(tokens, found, look, hide=False)
        _draw_grid(visible, found, look, hide=True)
        tokens.set_title('motion intensity of all tokens', fontsize=8, pad=3)
        visible.set_title('visible tokens', fontsize=8, pad=3)
        bar = figure.add_axes((1 - 0.75 / width, 0.42 / height, 0.12 / width, _GRID / height))
        figure.colorbar(image, cax=bar).ax.tick_params(labelsize=6, colors=look.ink)
    return figure


def _draw_grid(panel: 'Axes', found: HiddenMotion, look: Look, hide: bool) -> Any:
    """Draw the tokens of the first person, joints by time; return the image."""
    intensity, rows, names = found.intensity[0].T, list(range(found.intensity.shape[2])), []
    if found.patch_size[1] == 1:
        rows, names = part_order(found.layout)
    values = np.ma.masked_array(intensity[rows], found.hidden[0].T[rows] & hide)
    colormap = import_extra('matplotlib', 'optional').colormaps[_CMAP].with_extremes(bad=look.faint)
    image = panel.imshow(
        values, cmap=colormap, vmin=0, vmax=intensity.max() or 1, aspect='auto', interpolation='nearest'
    )
    ends = np.cumsum([count for _, count in names])
    panel.hlines(ends[:-1] - 0.5, -0.5, intensity.shape[1] - 0.5, color=look.background, linewidth=1.5)
    panel.set_yticks([] if hide else [end - (count + 1) / 2 for end, (_, count) in zip(ends, names)])
    if not hide:
        panel.set_yticklabels([name.replace('_', ' ') for name, _ in names])
    panel.tick_params(labelsize=7, colors=look.ink, length=0)
    panel.spines[:].set_visible(False)
    panel.set_xlabel(f'token over time ({found.patch_size[0]} frames each)', fontsize=7, labelpad=2)
    return image


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
