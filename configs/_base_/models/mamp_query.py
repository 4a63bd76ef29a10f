# Changes of a MAMP config for a cross-attention decoder of the same size that predicts a quarter of the masked tokens.
as_query = dict(neck=dict(type='QueryDecoder', share=0.25))
