"""Run a tool from any folder, ``python -m mamp_plugin prepare ...``, or print versions for a bug report.

A tool is named by its file in ``tools/``: ``train``, ``probe``, ``infer`` and so on.
"""

import platform
import runpy
import sys
from difflib import get_close_matches
from importlib import metadata
from pathlib import Path
from typing import Dict

import torch

import mamp_plugin

PACKAGES = ('mmengine', 'mmaction2', 'mmcv', 'mmcv-lite', 'numpy', 'scipy', 'setuptools')


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return 'not installed'


def find_tools() -> Dict[str, Path]:
    """Return the files of the tools by name."""
    folder = Path(mamp_plugin.__file__).resolve().parent / '.mim/tools'
    return {path.stem: path for path in sorted((*folder.glob('*.py'), *folder.glob('*/*.py'))) if path.stem[0] != '_'}


def run_tool(name: str) -> None:
    """Run a tool with the remaining arguments of the command line."""
    tools = find_tools()
    if name not in tools:
        near = get_close_matches(name, tools, 1)
        hint = f'did you mean {near[0]}?' if near else f'choose from {", ".join(tools)}'
        raise SystemExit(f'error: there is no tool {name!r}; {hint}')
    sys.argv[:2] = [str(tools[name])]
    sys.path.insert(0, str(tools[name].parent))
    runpy.run_path(str(tools[name]), run_name='__main__')


def print_versions() -> None:
    """Print one line per fact."""
    folder = Path(mamp_plugin.__file__).parent
    facts = {'mamp-plugin': f'{mamp_plugin.__version__} in {folder}'}
    facts['Python'] = f'{platform.python_version()} on {platform.platform()}'
    facts.update({package: _version(package) for package in PACKAGES})
    facts['torch'] = str(torch.__version__)
    cuda = torch.version.cuda or 'no'
    facts['CUDA'] = (
        f'{cuda}, GPUs: {", ".join(map(torch.cuda.get_device_name, range(torch.cuda.device_count()))) or "none"}'
    )
    facts['configs'] = str((folder / '.mim/configs').resolve())
    facts['tools'] = str((folder / '.mim/tools').resolve())
    for name, value in facts.items():
        print(f'{name:<12} {value}')


if __name__ == '__main__':
    if len(sys.argv) > 1:
        run_tool(sys.argv[1])
    else:
        print_versions()
