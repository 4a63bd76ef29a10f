"""Skeletons of any layout, drawn by one projection."""

from typing import TYPE_CHECKING, Dict, List, Optional, Sequence, Tuple

import numpy as np

from mamp_plugin.dependencies import import_extra
from mamp_plugin.skeletons import SkeletonLayout

from .looks import LIGHT, Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: View of 3D skeletons: from a little to the side and from above, in radians.
_TURN, _TILT = 0.35, 0.15
#: Opacity of what is hidden from the encoder.
_PALE = 0.25
_BOTH_WAYS = np.array((-1, 1))


def project(keypoint: np.ndarray, layout: SkeletonLayout, centered: bool = False) -> np.ndarray:
    """Project coordinates onto the picture, orthographically; missing joints become NaN.

    Bodies stand upright: the axis along which most spines point leads up, for images against the direction of rows.

    Args:
        keypoint (np.ndarray): Coordinates, ``(M, T, V, C)``; of 2D layouts the first two count.
        layout (SkeletonLayout): Layout.
        centered (bool): The center joint of persons who are present may lie at the origin. Defaults to False: all
            joints at the origin are missing.

    Returns:
        np.ndarray: Horizontal and vertical coordinates, ``(M, T, V, 2)``.
    """
    points = upright(keypoint, layout, centered)
    return points if layout.dims == 2 else _view(points)


def upright(keypoint: np.ndarray, layout: SkeletonLayout, centered: bool = False) -> np.ndarray:
    """Return coordinates of bodies that stand along the second axis, ``(M, T, V, dims)``, see :func:`project`."""
    points = np.asarray(keypoint, dtype=np.float64)[..., : layout.dims]
    known = np.isfinite(points).all(axis=-1) & points.any(axis=-1)
    if centered:
        known[..., layout.center] |= known.any(axis=-1)
    points = np.where(known[..., None], points, np.nan)
    return points * (1, -1) if layout.dims == 2 else _upright(points, layout)


def _upright(points: np.ndarray, layout: SkeletonLayout) -> np.ndarray:
    """Rotate 3D points by right angles so that bodies stand along the second axis."""
    hips, shoulders = (points[..., list(joints), :].mean(axis=-2) for joints in layout.spine)
    spines = (shoulders - hips).reshape(-1, 3)
    spines = spines[np.isfinite(spines).all(axis=1)]
    x, y, z = np.moveaxis(points, -1, 0)
    _, along_y, along_z = np.median(spines, axis=0) if len(spines) else (0, 1, 0)
    if abs(along_z) > abs(along_y):
        y, z = (z, -y) if along_z > 0 else (-z, y)
    elif along_y < 0:
        y, z = -y, -z
    return np.stack((x, y, z), axis=-1)


def _view(points: np.ndarray) -> np.ndarray:
    x, y, z = np.moveaxis(points, -1, 0)
    depth = z * np.cos(_TURN) - x * np.sin(_TURN)
    return np.stack((x * np.cos(_TURN) + z * np.sin(_TURN), y * np.cos(_TILT) + depth * np.sin(_TILT)), axis=-1)


def limits(points: np.ndarray, narrowest: float = 0.5) -> Tuple[np.ndarray, np.ndarray]:
    """Return the horizontal and vertical limits of a panel that shows all points.

    Args:
        points (np.ndarray): Points, ``(..., 2)``; NaN is ignored.
        narrowest (float): Least width as a share of the height, and the reverse. Defaults to 0.5.
    """
    points = points[np.isfinite(points).all(axis=-1)]
    if not len(points):
        return _BOTH_WAYS.astype(float), _BOTH_WAYS.astype(float)
    middle, reach = (points.max(axis=0) + points.min(axis=0)) / 2, np.ptp(points, axis=0) * 0.56 + 1e-3
    reach = np.maximum(reach, narrowest * reach.max())
    return middle[0] + reach[0] * _BOTH_WAYS, middle[1] + reach[1] * _BOTH_WAYS


class SkeletonArtist:
    """Pose in a panel, which can be changed to another.

    Args:
        panel (Axes): Panel of a figure.
        layout (SkeletonLayout): Layout.
        look (Look): Colors. Defaults to :data:`LIGHT`.
        linewidth (float): Width of a bone in points. Defaults to 1.6.
    """

    def __init__(self, panel: 'Axes', layout: SkeletonLayout, look: Look = LIGHT, linewidth: float = 1.6) -> None:
        colors = import_extra('matplotlib.colors', 'optional')
        self._bones = np.array(layout.bones)
        sides = sides_of(layout)
        #: RGBA of every joint, ``(2, V, 4)``, for the first person and for others
        self._colors = np.array(
            [[colors.to_rgba(person[sides[joint]]) for joint in range(layout.num_joints)] for person in look.persons]
        )
        self._lines = import_extra('matplotlib.collections', 'optional').LineCollection(
            [], linewidths=linewidth, capstyle='round', zorder=2
        )
        panel.add_collection(self._lines, autolim=False)
        self._dots = panel.scatter([], [], s=6 * linewidth, zorder=3, linewidths=0)

    def show(self, points: np.ndarray, visible: Optional[np.ndarray] = None) -> None:
        """Show a pose.

        Args:
            points (np.ndarray): Projected joints, ``(M, V, 2)``.
            visible (np.ndarray, optional): Joints that the encoder sees, boolean, ``(M, V)``: they are dots, and
                bones between others are pale. Defaults to None: no dots, nothing is pale.
        """
        segments, colors = [], []
        # the first person is drawn over the others
        for person in reversed(range(len(points))):
            ends = points[person][self._bones]
            known = np.isfinite(ends).all(axis=(1, 2))
            color = self._color(person)[self._bones[:, 0]]
            if visible is not None:
                color[~visible[person][self._bones].all(axis=1), 3] = _PALE
            segments.append(ends[known])
            colors.append(color[known])
        self._lines.set_segments(list(np.concatenate(segments)))
        self._lines.set_color(np.concatenate(colors))
        if visible is not None:
            self._show_dots(points, visible)

    def _show_dots(self, points: np.ndarray, visible: np.ndarray) -> None:
        shown = visible & np.isfinite(points).all(axis=-1)
        colors = np.stack([self._color(person) for person in range(len(points))])
        self._dots.set_offsets(points[shown])
        self._dots.set_facecolor(colors[shown])

    def _color(self, person: int) -> np.ndarray:
        return self._colors[min(person, len(self._colors) - 1)].copy()


def sides_of(layout: SkeletonLayout) -> Dict[int, str]:
    """Return 'trunk', 'left' or 'right' for every joint."""
    return {joint: part.partition('_')[0] for part, joints in layout.parts.items() for joint in joints}


def part_order(layout: SkeletonLayout) -> Tuple[List[int], List[Tuple[str, int]]]:
    """Return the joints by body part, and name and number of joints of each part that has any."""
    parts: Sequence[Tuple[str, Tuple[int, ...]]] = [(name, joints) for name, joints in layout.parts.items() if joints]
    return [joint for _, joints in parts for joint in joints], [(name, len(joints)) for name, joints in parts]
