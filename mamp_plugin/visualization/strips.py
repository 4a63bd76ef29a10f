"""Film strips: evenly spaced frames of sequences side by side, a row for each."""

import textwrap
from typing import TYPE_CHECKING, Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from mamp_plugin.dependencies import import_extra
from mamp_plugin.skeletons import SkeletonLayout

from .looks import LIGHT, Look, drawing, hide_axes, new_figure
from .skeletons import SkeletonArtist, limits, project

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Height of a panel and margins in inches.
_HEIGHT, _LEFT, _TOP, _GAP = 1.7, 0.75, 0.32, 0.2
#: Height of a line of text in inches, and characters to an inch of it.
_LINE, _PER_INCH = 0.16, 15


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
    below: float = 0,
    handles: Sequence[Any] = (),
) -> Tuple['Figure', List[List['Axes']]]:
    """Draw evenly spaced frames of each sequence in a row.

    Args:
        strips (sequence[Strip]): Sequences.
        num_frames (int): Frames of each. Defaults to 8.
        look (Look): Colors. Defaults to :data:`LIGHT`.
        caption (str): Text above the figure. Defaults to none.
        below (float): Inches to leave free below the rows. Defaults to 0.
        handles (sequence): Entries of the legend beside the body parts. Defaults to none.

    Returns:
        tuple: The figure and its panels, ``[row][frame]``.
    """
    frames = [strip.frames(num_frames) for strip in strips]
    bounds = [limits(strip.points[:, chosen]) for strip, chosen in zip(strips, frames)]
    panel_width = _HEIGHT * max(float(np.ptp(across) / np.ptp(up)) for across, up in bounds)
    width = max(_LEFT + 0.1 + panel_width * max(map(len, frames)), 5)
    caption = wrapped(caption, width)
    top = _TOP + _LINE * len(caption.splitlines())
    height = top + 0.08 + (_HEIGHT + _GAP) * len(strips) + below
    with drawing(look):
        figure = new_figure(width, height, look)
        panels = [
            [_panel(figure, row, column, panel_width, top) for column in range(len(chosen))]
            for row, chosen in enumerate(frames)
        ]
        for strip, row, chosen, bound in zip(strips, panels, frames, bounds):
            _fill(row, strip, chosen, bound, look)
        figure.text(0.1 / width, 1 - 0.08 / height, caption, va='top', fontsize=8, parse_math=False)
        _legend(figure, strips, look, top - 0.24, handles)
    return figure, panels


def wrapped(text: str, width: float) -> str:
    """Return a text in lines that fit into a width in inches."""
    return textwrap.fill(text, int(width * _PER_INCH))


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
    box = panel.get_window_extent()
    # as wide as the panel: of limits that do not have its shape, matplotlib would cut the height
    half = max(np.ptp(bound[0]), np.ptp(bound[1]) * box.width / box.height) / 2
    middle = np.mean(bound[0])
    panel.set(aspect='equal', xlim=(middle - half, middle + half), ylim=bound[1], adjustable='datalim')


def _legend(figure: 'Figure', strips: Sequence[Strip], look: Look, top: float, handles: Sequence[Any]) -> None:
    lines = [legend_line(color, part) for part, color in look.persons[0].items()]
    if any(len(strip.points) > 1 for strip in strips):
        lines.append(legend_line(look.persons[1]['trunk'], 'other persons: lighter'))
    place: Dict[str, Any] = dict(
        loc='upper left', bbox_to_anchor=(0, 1 - top / figure.get_figheight()), borderaxespad=0
    )
    lines += handles
    figure.legend(handles=lines, ncols=len(lines), frameon=False, fontsize=7.5, handlelength=1.2, **place)


def legend_line(color: str, label: str) -> Any:
    """Return an entry of a legend."""
    return import_extra('matplotlib.lines', 'optional').Line2D([], [], color=color, label=label, linewidth=2)


def moving_figure(
    strips: Sequence[Strip], look: Look = LIGHT, caption: str = '', size: float = 3.0
) -> Tuple['Figure', Callable[[int], None], int]:
    """Draw sequences side by side that play together, as :func:`save_animation` takes them.

    Args:
        strips (sequence[Strip]): Sequences of the same number of frames.
        look (Look): Colors. Defaults to :data:`LIGHT`.
        caption (str): Text below. Defaults to none.
        size (float): Height of a panel in inches. Defaults to 3.

    Returns:
        tuple: The figure, the function that shows a frame, and the number of frames.
    """
    bound = limits(np.concatenate([strip.points.reshape(-1, 2) for strip in strips]), narrowest=0.7)
    panel_width = size * float(np.ptp(bound[0]) / np.ptp(bound[1]))
    width = panel_width * len(strips)
    caption = wrapped(caption, width)
    bottom = 0.06 + _LINE * len(caption.splitlines())
    height = size + 0.24 + bottom
    with drawing(look):
        figure = new_figure(width, height, look)
        artists = []
        for index, strip in enumerate(strips):
            place = (index / len(strips), bottom / height, 1 / len(strips), size / height)
            panel = figure.add_axes(place)
            set_limits(panel, bound, look)
            panel.set_title(strip.title, fontsize=9, pad=3, parse_math=False)
            artists.append(strip.draw(panel, 0, look))
        figure.text(0.5, 0.05 / height, caption, ha='center', va='bottom', fontsize=7.5, parse_math=False)

    def show(frame: int) -> None:
        for strip, artist in zip(strips, artists):
            strip.show(artist, frame)

    return figure, show, strips[0].points.shape[1]
