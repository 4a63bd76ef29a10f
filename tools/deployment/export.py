"""Export a model to ONNX, TorchScript or safetensors."""

from mamp_plugin.cli.errors import run_command
from mamp_plugin.cli.export import main

if __name__ == '__main__':
    run_command(main)
