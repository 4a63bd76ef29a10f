"""Table of skeleton layouts."""

from typing import Dict

from .layout import SkeletonLayout

# fmt: off
_LAYOUTS = (
    SkeletonLayout(
        name='nturgb+d',
        joints=(
            'hip_center', 'spine', 'neck', 'head',
            'left_shoulder', 'left_elbow', 'left_wrist', 'left_hand',
            'right_shoulder', 'right_elbow', 'right_wrist', 'right_hand',
            'left_hip', 'left_knee', 'left_ankle', 'left_foot',
            'right_hip', 'right_knee', 'right_ankle', 'right_foot',
            'shoulder_center', 'left_hand_tip', 'left_thumb', 'right_hand_tip', 'right_thumb'),
        parents=(1, 20, 20, 2, 20, 4, 5, 6, 20, 8, 9, 10, 0, 12, 13, 14, 0, 16, 17, 18, 20, 22, 7, 24, 11),
        center=1,
        spine=((0, ), (1, )),
        shoulders=((4, ), (8, ))),
    SkeletonLayout(
        name='kinect_v1',
        joints=(
            'hip_center', 'spine', 'shoulder_center', 'head',
            'left_shoulder', 'left_elbow', 'left_wrist', 'left_hand',
            'right_shoulder', 'right_elbow', 'right_wrist', 'right_hand',
            'left_hip', 'left_knee', 'left_ankle', 'left_foot',
            'right_hip', 'right_knee', 'right_ankle', 'right_foot'),
        parents=(1, 2, 2, 2, 2, 4, 5, 6, 2, 8, 9, 10, 0, 12, 13, 14, 0, 16, 17, 18),
        center=1,
        spine=((0, ), (1, )),
        shoulders=((4, ), (8, ))),
    SkeletonLayout(
        name='sbu',
        joints=(
            'head', 'neck', 'spine',
            'left_shoulder', 'left_elbow', 'left_hand',
            'right_shoulder', 'right_elbow', 'right_hand',
            'left_hip', 'left_knee', 'left_foot',
            'right_hip', 'right_knee', 'right_foot'),
        parents=(1, 1, 1, 1, 3, 4, 1, 6, 7, 2, 9, 10, 2, 12, 13),
        center=2,
        spine=((2, ), (1, )),
        shoulders=((3, ), (6, ))),
    SkeletonLayout(
        name='coco',
        joints=(
            'nose', 'left_eye', 'right_eye', 'left_ear', 'right_ear',
            'left_shoulder', 'right_shoulder', 'left_elbow', 'right_elbow', 'left_wrist', 'right_wrist',
            'left_hip', 'right_hip', 'left_knee', 'right_knee', 'left_ankle', 'right_ankle'),
        parents=(0, 0, 0, 1, 2, 0, 0, 5, 6, 7, 8, 5, 6, 11, 12, 13, 14),
        center=0,
        spine=((11, 12), (5, 6)),
        shoulders=((5, ), (6, )),
        dims=2),
    SkeletonLayout(
        name='openpose',
        joints=(
            'nose', 'neck',
            'right_shoulder', 'right_elbow', 'right_wrist', 'left_shoulder', 'left_elbow', 'left_wrist',
            'right_hip', 'right_knee', 'right_ankle', 'left_hip', 'left_knee', 'left_ankle',
            'right_eye', 'left_eye', 'right_ear', 'left_ear'),
        parents=(1, 1, 1, 2, 3, 1, 5, 6, 2, 8, 9, 5, 11, 12, 0, 0, 14, 15),
        center=1,
        spine=((8, 11), (1, )),
        shoulders=((5, ), (2, )),
        dims=2),
)
# fmt: on

LAYOUTS: Dict[str, SkeletonLayout] = {layout.name: layout for layout in _LAYOUTS}


def get_layout(name: str) -> SkeletonLayout:
    """Return the layout of a name, or raise an error that lists the known names."""
    try:
        return LAYOUTS[name]
    except (KeyError, TypeError):
        raise KeyError(f'unknown skeleton layout {name!r}; known layouts: {", ".join(LAYOUTS)}') from None


def register_layout(layout: SkeletonLayout) -> None:
    """Add a layout to the table, so that data sets, transforms and models find it by name.

    Call it in a module that the config names in ``custom_imports``. The same layout may be registered twice.

    Args:
        layout (SkeletonLayout): The layout to add.
    """
    if LAYOUTS.setdefault(layout.name, layout) != layout:
        raise ValueError(f'skeleton layout {layout.name!r} is taken by another skeleton; choose a new name')
