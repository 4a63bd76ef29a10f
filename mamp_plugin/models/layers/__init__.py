"""Parts of networks with no opinion on training."""

from .attention_block import AttentionBlock, CrossAttention, CrossAttentionBlock, FeedForward, SelfAttention
from .batch_shuffle import shuffle_batch, unshuffle_batch
from .cross_rank_batch_norm import CrossRankBatchNorm
from .grid_transformer import GridTransformer, resize_time_table
from .hidden_mean import hidden_mean
from .initialization import XavierModule, init_table, with_linear_init
from .joint_names import JointNames
from .key_queue import KeyQueue
from .patch_embed import PatchEmbed
from .persons import pad_persons
from .prompts import NoPrompts, PromptOffsets, PromptsAfterNorm, PromptsBeforeNorm
from .teacher import Teacher
from .view_mixing import MixDraw, ViewMixing, partners

__all__ = [
    'AttentionBlock',
    'CrossAttention',
    'CrossAttentionBlock',
    'CrossRankBatchNorm',
    'FeedForward',
    'GridTransformer',
    'JointNames',
    'KeyQueue',
    'MixDraw',
    'NoPrompts',
    'PatchEmbed',
    'PromptOffsets',
    'PromptsAfterNorm',
    'PromptsBeforeNorm',
    'SelfAttention',
    'Teacher',
    'ViewMixing',
    'XavierModule',
    'hidden_mean',
    'init_table',
    'pad_persons',
    'partners',
    'resize_time_table',
    'shuffle_batch',
    'unshuffle_batch',
    'with_linear_init',
]
