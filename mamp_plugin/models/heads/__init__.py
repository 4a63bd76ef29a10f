"""Heads: predictions and losses."""

from .contrast_head import Contrast, ContrastHead
from .feature_prediction_head import FeaturePredictionHead
from .forecast_head import ForecastHead
from .frame_head import FrameHead
from .joint_mlp_head import JointMLPHead
from .linear_probe_head import LinearProbeHead
from .motion_prediction_head import MotionPredictionHead

__all__ = [
    'Contrast',
    'ContrastHead',
    'FeaturePredictionHead',
    'ForecastHead',
    'FrameHead',
    'JointMLPHead',
    'LinearProbeHead',
    'MotionPredictionHead',
]
