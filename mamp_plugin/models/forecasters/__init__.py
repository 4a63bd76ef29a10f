"""Motion forecasting models."""

from .skeleton_forecaster import SkeletonForecaster

__all__ = ['SkeletonForecaster']
