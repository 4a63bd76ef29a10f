"""Parts of networks with no opinion on training."""

from .attention_block import AttentionBlock, FeedForward, SelfAttention
from .batch_shuffle import shuffle_batch, unshuffle_batch
from .cross_rank_batch_norm import JointBatchNorm
from .grid_transformer import GridTransformer, init_table, resize_time_table, with_linear_init
from .key_queue import KeyQueue
from .patch_embed import PatchEmbed
from .persons import pad_persons
from .prompts import NoPrompts, PromptOffsets, PromptsAfterNorm, PromptsBeforeNorm
from .sequence_gru import SequenceGRU
from .teacher import MomentumEncoder
from .view_mixing import MixDraw, ViewMixing, partners
from .xavier_module import XavierModule

__all__ = [
    'AttentionBlock',
    'FeedForward',
    'GridTransformer',
    'JointBatchNorm',
    'KeyQueue',
    'MixDraw',
    'MomentumEncoder',
    'NoPrompts',
    'PatchEmbed',
    'PromptOffsets',
    'PromptsAfterNorm',
    'PromptsBeforeNorm',
    'SelfAttention',
    'SequenceGRU',
    'ViewMixing',
    'XavierModule',
    'init_table',
    'pad_persons',
    'partners',
    'resize_time_table',
    'shuffle_batch',
    'unshuffle_batch',
    'with_linear_init',
]
