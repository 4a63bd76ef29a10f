"""Heads: what turns features into predictions and losses."""

from .contrast_head import Contrast, ContrastHead
from .frame_head import FrameHead
from .motion_prediction_head import MotionPredictionHead

__all__ = ['Contrast', 'ContrastHead', 'FrameHead', 'MotionPredictionHead']
