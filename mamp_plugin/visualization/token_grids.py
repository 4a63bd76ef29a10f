"""Values of the tokens of a person, joints by time, below film strips."""

from typing import TYPE_CHECKING, Any, Sequence, Tuple

import numpy as np

from mamp_plugin.dependencies import import_extra
from mamp_plugin.skeletons import SkeletonLayout

from .looks import Look, drawing
from .skeletons import part_order

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Height of the grids, and of the room below the strips that they need, in inches.
_GRID = 2.6
GRIDS = _GRID + 0.6
CMAP = 'viridis'


def draw_token_grids(
    figure: 'Figure',
    grids: Sequence[np.ndarray],
    titles: Sequence[str],
    layout: SkeletonLayout,
    patch_size: Tuple[int, int],
    look: Look,
) -> None:
    """Draw grids of tokens side by side at the bottom of a figure, with one color bar.

    Args:
        figure (Figure): The figure.
        grids (sequence[np.ndarray]): Values, ``(T', V')``, masked where there is none; the first sets the color range.
        titles (sequence[str]): Text above each.
        layout (SkeletonLayout): Layout.
        patch_size (tuple[int]): Frames and joints of a token.
        look (Look): Colors.
    """
    width, height = figure.get_size_inches()
    span = (width - 2.05 - 0.15 * len(grids)) / len(grids)
    with drawing(look):
        for number, (values, title) in enumerate(zip(grids, titles)):
            left = 1.35 + number * (span + 0.15)
            panel = figure.add_axes((left / width, 0.42 / height, span / width, _GRID / height))
            image = _draw_grid(panel, values, grids[0].max() or 1, layout, patch_size, look, named=number == 0)
            panel.set_title(title, fontsize=8, pad=3)
        bar = figure.add_axes((1 - 0.75 / width, 0.42 / height, 0.12 / width, _GRID / height))
        figure.colorbar(image, cax=bar).ax.tick_params(labelsize=6, colors=look.ink)


def _draw_grid(
    panel: 'Axes',
    values: np.ndarray,
    largest: float,
    layout: SkeletonLayout,
    patch_size: Tuple[int, int],
    look: Look,
    named: bool,
) -> Any:
    """Draw a grid, joints in the order of the body parts; return the image."""
    rows, names = part_order(layout) if patch_size[1] == 1 else (list(range(values.shape[1])), [])
    colormap = import_extra('matplotlib', 'optional').colormaps[CMAP].with_extremes(bad=look.faint)
    image = panel.imshow(values.T[rows], cmap=colormap, vmin=0, vmax=largest, aspect='auto', interpolation='nearest')
    ends = np.cumsum([count for _, count in names])
    panel.hlines(ends[:-1] - 0.5, -0.5, len(values) - 0.5, color=look.background, linewidth=1.5)
    panel.set_yticks([end - (count + 1) / 2 for end, (_, count) in zip(ends, names)] if named else [])
    if named:
        panel.set_yticklabels([name.replace('_', ' ') for name, _ in names])
    panel.tick_params(labelsize=7, colors=look.ink, length=0)
    panel.spines[:].set_visible(False)
    panel.set_xlabel(f'token over time ({patch_size[0]} frames each)', fontsize=7, labelpad=2)
    return image
