"""Prints the lines of a requirements file whose package is not there yet, whatever its version.

So an environment that someone else made keeps what it has: another build of torch, mmcv instead of mmcv-lite, another
flavour of opencv.
"""

import re
import sys
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

#: Packages that come in several distributions and are known by what they import as.
MODULES = {'mmcv-lite': 'mmcv', 'opencv-python': 'cv2', 'torch': 'torch'}


def present(name: str) -> bool:
    if name in MODULES:
        return find_spec(MODULES[name]) is not None
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


if __name__ == '__main__':
    for line in Path(sys.argv[1]).read_text(encoding='utf-8').splitlines():
        if line and not line.startswith('#') and not present(re.split(r'[=<>; ]', line)[0]):
            print(line)
