# What exchanges the decoder of a MAMP config: cross-attention, as large, predicts a quarter of the hidden tokens.
as_query = dict(neck=dict(type='QueryDecoder', share=0.25))
