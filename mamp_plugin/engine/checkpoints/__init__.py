"""Loading checkpoints and translating their parameter names."""
