"""Models that predict how a movement goes on."""

from .skeleton_forecaster import SkeletonForecaster

__all__ = ['SkeletonForecaster']
