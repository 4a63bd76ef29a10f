"""Pretraining methods: what is learned."""

from .base import SkeletonPretrainer
from .mamp import MAMP
from .pcm3 import PCM3

__all__ = ['MAMP', 'PCM3', 'SkeletonPretrainer']
