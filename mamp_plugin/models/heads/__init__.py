"""Heads: what turns features into predictions and losses."""

from .motion_prediction_head import MotionPredictionHead

__all__ = ['MotionPredictionHead']
