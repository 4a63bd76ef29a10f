"""Parameter names of MAMP's official release."""

from .name_table import NameTable

TABLE = NameTable(
    'the official MAMP release',
    'a MAMP model of this plugin',
    [
        ('joints_embed.{rest}', 'backbone.patch_embed.{rest}'),
        ('temp_embed', 'backbone.time_table'),
        ('pos_embed', 'backbone.joint_table'),
        ('blocks.{rest}', 'backbone.blocks.{rest}'),
        ('norm.{rest}', 'backbone.norm.{rest}'),
        ('decoder_embed.{rest}', 'neck.embed.{rest}'),
        ('mask_token', 'neck.mask_token'),
        ('decoder_temp_embed', 'neck.time_table'),
        ('decoder_pos_embed', 'neck.joint_table'),
        ('decoder_blocks.{rest}', 'neck.blocks.{rest}'),
        ('decoder_norm.{rest}', 'neck.norm.{rest}'),
        ('decoder_pred.{rest}', 'head.pred.{rest}'),
        # linear evaluation
        ('head.fc.0.{rest}', 'cls_head.norm.{rest}'),
        ('head.fc.1.{rest}', 'cls_head.fc.{rest}'),
        # fine-tuning
        ('head.fc1.{rest}', 'cls_head.fc1.{rest}'),
        ('head.bn.{rest}', 'cls_head.bn.{rest}'),
        ('head.fc2.{rest}', 'cls_head.fc2.{rest}'),
    ],
)
from_official, to_official = TABLE.from_official, TABLE.to_official
