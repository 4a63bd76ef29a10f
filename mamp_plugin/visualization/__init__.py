"""Figures of data, masks, predictions and features; matplotlib is imported when something is drawn."""

from .pretrain_visualization_hook import PretrainVisualizationHook

__all__ = ['PretrainVisualizationHook']
