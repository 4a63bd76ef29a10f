"""Tables of the layouts that come with the package, one module per family."""

from .coco import COCO
from .coco_wholebody import COCO_WHOLEBODY
from .kinect import KINECT
from .mediapipe import MEDIAPIPE
from .motion_capture import MOTION_CAPTURE
from .openpose import OPENPOSE

TABLES = (*KINECT, *COCO, *COCO_WHOLEBODY, *OPENPOSE, *MEDIAPIPE, *MOTION_CAPTURE)

__all__ = ['TABLES']
