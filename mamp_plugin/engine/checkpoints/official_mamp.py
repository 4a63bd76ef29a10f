"""How the parameters of MAMP's official release are called here."""

from typing import Dict, Tuple

#: Beginnings of parameter names: the official release's, and ours. Both columns are free of doubles, so that names
#: translate either way.
NAMES: Tuple[Tuple[str, str], ...] = (
    ('joints_embed.', 'backbone.patch_embed.'),
    ('temp_embed', 'backbone.time_table'),
    ('pos_embed', 'backbone.joint_table'),
    ('blocks.', 'backbone.blocks.'),
    ('norm.', 'backbone.norm.'),
    ('decoder_embed.', 'neck.embed.'),
    ('mask_token', 'neck.mask_token'),
    ('decoder_temp_embed', 'neck.time_table'),
    ('decoder_pos_embed', 'neck.joint_table'),
    ('decoder_blocks.', 'neck.blocks.'),
    ('decoder_norm.', 'neck.norm.'),
    ('decoder_pred.', 'head.pred.'),
    # linear evaluation
    ('head.fc.0.', 'cls_head.norm.'),
    ('head.fc.1.', 'cls_head.fc.'),
    # fine-tuning
    ('head.fc1.', 'cls_head.fc1.'),
    ('head.bn.', 'cls_head.bn.'),
    ('head.fc2.', 'cls_head.fc2.'),
)


def from_official(name: str) -> str:
    """Our name for a parameter of the official release."""
    return _translate(name, dict(NAMES), 'the official MAMP release')


def to_official(name: str) -> str:
    """The official release's name for a parameter of ours."""
    return _translate(name, {ours: official for official, ours in NAMES}, 'a MAMP model of this plugin')


def _translate(name: str, beginnings: Dict[str, str], source: str) -> str:
    for old, new in beginnings.items():
        # A table is a whole name, the others are modules with parameters below them.
        if name == old or (old.endswith('.') and name.startswith(old)):
            return new + name[len(old) :]
    raise KeyError(f'{name!r} is no parameter of {source}; known names begin with {", ".join(beginnings)}')
