# PCM3 on NTU RGB+D 60, X-sub, with prompts where the paper describes them: batch norms do not take them out again.
_base_ = './pcm3_ntu60.py'

model = dict(prompt_position='after_norm')
