"""Print versions and locations: ``python -m mamp_plugin``, for bug reports."""

import platform
from importlib import metadata
from pathlib import Path

import torch

import mamp_plugin

PACKAGES = ('mmengine', 'mmaction2', 'mmcv', 'mmcv-lite', 'numpy', 'scipy', 'setuptools')


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return 'not installed'


def main() -> None:
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
    main()
