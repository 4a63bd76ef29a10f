"""Figures of what a masked pretraining hides and predicts."""

from typing import TYPE_CHECKING, Callable, List, Tuple

import numpy as np

from mamp_plugin.dependencies import import_extra

from .hidden_motion import HiddenMotion
from .looks import LIGHT, Look, drawing
from .skeletons import limits, part_order, project
from .strips import Strip, moving_figure, strips_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Height of the token grids and length of the longest arrow, in inches and as a share of the panel.
_GRID, _ARROW = 2.6, 0.22
_CMAP = 'viridis'


def mask_figure(found: HiddenMotion, look: Look = LIGHT, num_frames: int = 8) -> 'Figure':
    """Draw the sequence with hidden tokens pale, and the tokens of the most moving person colored by motion."""
    share = found.hidden.mean()
    caption = f'{share:.0%} of the tokens are hidden: their joints have no dot and pale bones'
    figure, _ = strips_figure([_seen(found, 'encoder sees')], num_frames, look, caption, extra=(0, _GRID + 0.65))
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


def _draw_grid(panel: 'Axes', found: HiddenMotion, look: Look, hide: bool) -> object:
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
    figure, panels = strips_figure([seen, _true(found, 'motion')], num_frames, look, caption)
    with drawing(look):
        frames = seen.frames(num_frames)
        handles = _draw_arrows(panels[1], found, frames, look)
        figure.legend(
            handles=handles, loc='upper left', bbox_to_anchor=(0, 1 - 0.24 / figure.get_figheight()), ncols=2,
            frameon=False, fontsize=8, borderaxespad=0.2,
        )  # fmt: skip
    return figure


def _draw_arrows(panels: List['Axes'], found: HiddenMotion, frames: np.ndarray, look: Look) -> list:
    """Draw true and predicted motion of hidden joints over a token; return handles for a legend."""
    hidden, start = ~found.visible_joints, _true(found).points
    ways = {}
    for name, values in (('true', found.true), ('predicted', found.predicted)):
        step = project_motion(values, found)
        length = found.patch_size[0]
        ways[name] = [step[:, frame - frame % length :][:, :length].sum(axis=1) for frame in frames]
    longest = max(np.linalg.norm(np.nan_to_num(way), axis=-1).max() for way in ways['true'])
    reach = np.ptp(limits(start)[1]) * _ARROW / (longest or 1)
    for number, (panel, frame) in enumerate(zip(panels, frames)):
        for name in ways:
            color = getattr(look, name)
            shown = hidden[:, frame] & np.isfinite(start[:, frame]).all(axis=-1)
            (x, y), (u, v) = start[:, frame][shown].T, (ways[name][number][shown] * reach).T
            panel.quiver(
                x, y, u, v, color=color, angles='xy', scale_units='xy', scale=1, width=0.012, zorder=4, alpha=0.85
            )
    line = import_extra('matplotlib.lines', 'optional').Line2D
    return [line([], [], color=getattr(look, name), linewidth=2.5, label=f'{name} motion') for name in ways]


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
    caption = f'predicted: true {found.target} of visible tokens, predicted of hidden ones, {how}\n{_note(found)}'
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
        raise ValueError('this model predicts features of a teacher, which are no motion to draw; draw its mask instead')
