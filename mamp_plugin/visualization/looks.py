"""Colors of figures on light and dark backgrounds, and the files that figures become."""

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, NamedTuple, Sequence, Tuple

import numpy as np

from mamp_plugin.dependencies import import_extra
from mamp_plugin.output_files import check_file, naming, open_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ('.png', '.pdf', '.svg')
MOVING_FORMATS = ('.gif', '.mp4')
#: Colors of a palette image, enough for lines and text.
_GIF_COLORS = 48


class Look(NamedTuple):
    """Colors of a figure.

    Args:
        background (str): Background.
        ink (str): Text.
        faint (str): Frames, notes and hidden tokens.
        persons (tuple[dict]): Colors of the trunk and of left and right limbs, for the first and for other persons.
        true (str): True motion.
        predicted (str): Predicted motion.
    """

    background: str
    ink: str
    faint: str
    persons: Tuple[Dict[str, str], ...]
    true: str
    predicted: str


LIGHT = Look(
    background='#ffffff',
    ink='#222222',
    faint='#dddddd',
    persons=(
        {'trunk': '#333333', 'left': '#1f77b4', 'right': '#d62728'},
        {'trunk': '#aaaaaa', 'left': '#7fc4ee', 'right': '#f5a3a0'},
    ),
    true='#2a9d3a',
    predicted='#e8710a',
)
DARK = Look(
    background='#0d1117',
    ink='#e6edf3',
    faint='#30363d',
    persons=(
        {'trunk': '#e6edf3', 'left': '#58a6ff', 'right': '#ff7b72'},
        {'trunk': '#8b949e', 'left': '#3b6ea5', 'right': '#a8504a'},
    ),
    true='#56d364',
    predicted='#ffa657',
)


def new_figure(width: float, height: float, look: Look = LIGHT, **options: Any) -> 'Figure':
    """Return an empty figure.

    Args:
        width (float): Width in inches.
        height (float): Height in inches.
        look (Look): Colors. Defaults to :data:`LIGHT`.
        **options: Further arguments of ``Figure``.
    """
    return import_extra('matplotlib.figure', 'optional').Figure(
        figsize=(width, height), facecolor=look.background, **options
    )


@contextmanager
def drawing(look: Look) -> Iterator[None]:
    """Draw texts, axes and legends in the colors of a look."""
    names = ('text.color', 'axes.labelcolor', 'axes.titlecolor', 'axes.edgecolor', 'xtick.color', 'ytick.color')
    settings = {**dict.fromkeys(names, look.ink), 'axes.facecolor': 'none'}
    with import_extra('matplotlib', 'optional').rc_context(settings):
        yield


def hide_axes(panel: 'Axes', look: Look, frame: bool = True) -> None:
    """Leave out ticks, and the frame or all but a faint one."""
    panel.set(xticks=[], yticks=[])
    panel.spines[:].set_visible(frame)
    panel.spines[:].set_color(look.faint)


def as_image(figure: 'Figure', dpi: int = 100) -> np.ndarray:
    """Return a figure as an RGB image, uint8 ``(height, width, 3)``."""
    figure.set_dpi(dpi)
    canvas = import_extra('matplotlib.backends.backend_agg', 'optional').FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def save_figure(figure: 'Figure', path: str, dpi: int = 100) -> None:
    """Write a figure; the name of the file decides its format."""
    with open_atomically(path) as file:
        figure.savefig(file, format=extension(path)[1:], dpi=dpi)


def save_animation(
    figure: 'Figure', show: Callable[[int], None], num_frames: int, path: str, fps: float = 12, dpi: int = 80
) -> None:
    """Write a GIF or MP4 file.

    Args:
        figure (Figure): The figure.
        show (callable): Changes the figure to a frame.
        num_frames (int): Number of frames.
        path (str): File, ``.gif`` or ``.mp4``.
        fps (float): Frames a second. Defaults to 12.
        dpi (int): Dots per inch. Defaults to 80.
    """
    check_output(path, MOVING_FORMATS)
    if extension(path) == '.mp4':
        writer = import_extra('matplotlib.animation', 'optional').FFMpegWriter(fps=fps)
        with naming(path), writer.saving(figure, path, dpi):
            for frame in range(num_frames):
                show(frame)
                writer.grab_frame(facecolor=figure.get_facecolor())
        return
    image = import_extra('PIL.Image', 'optional')
    images = []
    for frame in range(num_frames):
        show(frame)
        images.append(image.fromarray(as_image(figure, dpi)).quantize(_GIF_COLORS, dither=image.Dither.NONE))
    with open_atomically(path) as file:
        images[0].save(
            file, format='GIF', save_all=True, append_images=images[1:], duration=1000 / fps, loop=0, optimize=True
        )


def check_output(path: str, formats: Sequence[str]) -> None:
    """Check before long work that a picture can be written.

    Args:
        path (str): The file.
        formats (sequence[str]): Endings of files that the picture can be written to.
    """
    if extension(path) not in formats:
        raise ValueError(f'this picture is written to a file that ends in {", ".join(formats)}, got {path}')
    if extension(path) == '.mp4' and not import_extra('matplotlib.animation', 'optional').FFMpegWriter.isAvailable():
        raise ValueError(f'{path} needs the program ffmpeg, which is not installed; install it or write a .gif file')
    check_file(path)


def extension(path: str) -> str:
    """Return the ending of a file name in lower case, with its dot."""
    return os.path.splitext(path)[1].lower()
