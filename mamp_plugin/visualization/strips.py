"""Film strips: evenly spaced frames of sequences side by side, a row for each."""

from typing import TYPE_CHECKING, Callable, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from mamp_plugin.dependencies import import_extra
from mamp_plugin.skeletons import SkeletonLayout

from .looks import LIGHT, Look, drawing, hide_axes, new_figure
from .skeletons import SkeletonArtist, limits, project

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Height of a panel and margins in inches.
_HEIGHT, _LEFT, _TOP, _GAP = 1.7, 1.05, 0.55, 0.22


class Strip(NamedTuple):
    """Sequence to draw.

    Args:
        points (np.ndarray): Projected joints, ``(M, T, V, 2)``.
        layout (SkeletonLayout): Layout.
        title (str): Text beside the row.
        visible (np.ndarray, optional): Joints that the encoder sees, boolean, ``(M, T, V)``.
    """

    points: np.ndarray
    layout: SkeletonLayout
    title: str = ''
    visible: Optional[np.ndarray] = None

    @classmethod
    def of(cls, keypoint: np.ndarray, layout: SkeletonLayout, title: str = '', centered: bool = False) -> 'Strip':
        """Return the strip of coordinates ``(M, T, V, C)``, see :func:`project`."""
        return cls(project(keypoint, layout, centered), layout, title)

    def frames(self, count: int) -> np.ndarray:
        """Return evenly spaced frames, all if there are fewer."""
        length = self.points.shape[1]
        return np.linspace(0, length - 1, min(count, length)).round().astype(int)

    def draw(self, panel: 'Axes', frame: int, look: Look) -> SkeletonArtist:
        """Draw a frame into a panel."""
        artist = SkeletonArtist(panel, self.layout, look)
        self.show(artist, frame)
        if not np.isfinite(self.points[:, frame]).any():
            panel.text(0.5, 0.5, 'no person', transform=panel.transAxes, ha='center', va='center', color='#888888')
        return artist

    def show(self, artist: SkeletonArtist, frame: int) -> None:
        """Show a frame in place of another."""
        artist.show(self.points[:, frame], None if self.visible is None else self.visible[:, frame])


def strips_figure(
    strips: Sequence[Strip],
    num_frames: int = 8,
    look: Look = LIGHT,
    caption: str = '',
    extra: Tuple[float, float] = (0, 0),
) -> Tuple['Figure', List[List['Axes']]]:
    """Draw evenly spaced frames of each sequence in a row.

    Args:
        strips (sequence[Strip]): Sequences.
        num_frames (int): Frames of each. Defaults to 8.
        look (Look): Colors. Defaults to :data:`LIGHT`.
        caption (str): Text above the figure. Defaults to none.
        extra (tuple[float]): Inches to leave free above and below the rows. Defaults to none.

    Returns:
        tuple: The figure and its panels, ``[row][frame]``.
    """
    frames = [strip.frames(num_frames) for strip in strips]
    bounds = [limits(strip.points[:, chosen]) for strip, chosen in zip(strips, frames)]
    columns = max(map(len, frames))
    panel_width = _HEIGHT * max(float(np.ptp(across) / np.ptp(up)) for across, up in bounds)
    top = _TOP + extra[0] + 0.22 * caption.count('\n')
    width = _LEFT + 0.1 + panel_width * columns
    height = top + extra[1] + (_HEIGHT + _GAP) * len(strips)
    with drawing(look):
        figure = new_figure(width, height, look)
        panels = [
            [_panel(figure, row, column, panel_width, top) for column in range(len(chosen))]
            for row, chosen in enumerate(frames)
        ]
        for strip, row, chosen, bound in zip(strips, panels, frames, bounds):
            _fill(row, strip, chosen, bound, look)
        if caption:
            figure.text(0.1 / width, 1 - 0.08 / height, caption, va='top', fontsize=9, parse_math=False)
        _legend(figure, strips, look)
    return figure, panels


def _panel(figure: 'Figure', row: int, column: int, panel_width: float, top: float) -> 'Axes':
    width, height = figure.get_size_inches()
    left, upper = _LEFT + column * panel_width, top + _GAP + row * (_HEIGHT + _GAP)
    return figure.add_axes((left / width, 1 - (upper + _HEIGHT) / height, panel_width / width, _HEIGHT / height))


def _fill(row: List['Axes'], strip: Strip, frames: np.ndarray, bound: Tuple, look: Look) -> None:
    for panel, frame in zip(row, frames):
        set_limits(panel, bound, look)
        strip.draw(panel, frame, look)
        panel.set_title(f'frame {frame}', fontsize=7, color='#888888', pad=2)
    row[0].set_ylabel(strip.title, fontsize=8, parse_math=False)


def set_limits(panel: 'Axes', bound: Tuple[np.ndarray, np.ndarray], look: Look) -> None:
    """Set the limits of a panel and leave out its ticks."""
    hide_axes(panel, look)
    panel.set(aspect='equal', xlim=bound[0], ylim=bound[1], adjustable='datalim')


def _legend(figure: 'Figure', strips: Sequence[Strip], look: Look) -> None:
    line = import_extra('matplotlib.lines', 'optional').Line2D
    lines = [line([], [], color=color, label=part) for part, color in look.persons[0].items()]
    if any(len(strip.points) > 1 for strip in strips):
        lines.append(line([], [], color=look.persons[1]['trunk'], label='other persons: lighter'))
    figure.legend(
        handles=lines, loc='upper right', ncols=len(lines), frameon=False, fontsize=8, borderaxespad=0.2, handlelength=1.2
    )


def moving_figure(
    strips: Sequence[Strip], look: Look = LIGHT, caption: str = '', size: float = 2.6
) -> Tuple['Figure', Callable[[int], None], int]:
    """Draw sequences side by side that play together, as :func:`save_animation` takes them.

    Args:
        strips (sequence[Strip]): Sequences of the same number of frames.
        look (Look): Colors. Defaults to :data:`LIGHT`.
        caption (str): Text below. Defaults to none.
        size (float): Height of a panel in inches. Defaults to 2.6.

    Returns:
        tuple: The figure, the function that shows a frame, and the number of frames.
    """
    bound = limits(np.concatenate([strip.points.reshape(-1, 2) for strip in strips]), narrowest=0.7)
    panel_width = size * float(np.ptp(bound[0]) / np.ptp(bound[1]))
    lines = caption.count('\n') + 1 if caption else 0
    bottom, height = 0.19 * lines, size + 0.3 + 0.19 * lines
    with drawing(look):
        figure = new_figure(panel_width * len(strips), height, look)
        artists = []
        for index, strip in enumerate(strips):
            place = (index / len(strips), bottom / height, 1 / len(strips), size / height)
            panel = figure.add_axes(place)
            set_limits(panel, bound, look)
            panel.set_title(strip.title, fontsize=9, pad=3, parse_math=False)
            artists.append(strip.draw(panel, 0, look))
        figure.text(0.5, 0.04 / height, caption, ha='center', va='bottom', fontsize=7, parse_math=False)

    def show(frame: int) -> None:
        for strip, artist in zip(strips, artists):
            strip.show(artist, frame)

    return figure, show, strips[0].points.shape[1]
