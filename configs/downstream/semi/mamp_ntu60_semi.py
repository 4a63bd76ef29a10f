# MAMP on NTU RGB+D 60, X-sub: fine-tuning with a tenth of the labels.
_base_ = '../../mamp_ntu60.py'
from mamp_plugin.recipes import semi

globals().update(semi(_base_))
