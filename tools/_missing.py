"""List the lines of a requirements file whose package is not installed, in any version.

An environment that somebody else made keeps what it has: another build of torch, mmcv instead of mmcv-lite, another
flavor of OpenCV.
"""

import argparse
import re
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

#: Packages with several distributions: the module that they provide and their names.
FLAVORS = {
    'torch': ('torch', ['torch']),
    'mmcv-lite': ('mmcv', ['mmcv-lite', 'mmcv', 'mmcv-full']),
    'opencv-python': (
        'cv2',
        [f'opencv-{flavor}{end}' for flavor in ('python', 'contrib-python') for end in ('', '-headless')],
    ),
}


def installed(name: str) -> bool:
    """Check whether a distribution is installed completely."""
    try:
        return bool(distribution(name).version)
    except PackageNotFoundError:
        return False


def present(name: str, own: bool) -> bool:
    """Check whether a package or another flavor of it is there.

    Args:
        name (str): Name of the distribution.
        own (bool): Do not count a module without a distribution, which an interrupted installation leaves behind.
    """
    module, names = FLAVORS.get(name, (None, [name]))
    return any(map(installed, names)) or (not own and module is not None and find_spec(module) is not None)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('requirements', type=Path)
    parser.add_argument('--own', action='store_true', help='the environment is made by setup_env.sh')
    args = parser.parse_args()
    for line in args.requirements.read_text(encoding='utf-8').splitlines():
        if line and not line.startswith('#') and not present(re.split(r'[=<>; ]', line)[0], args.own):
            print(line)
