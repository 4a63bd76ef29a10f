"""Check that the OpenMMLab packages are installed in versions that work together."""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

MMCV_COMMANDS = (
    "'pip install mmcv-lite==2.1.0' (all that skeletons need) or "
    '\'mim install "mmcv>=2.0.0rc4,<2.2.0"\' (with compiled operators, for the rest of mmaction2)'
)


def check_dependencies() -> None:
    """Raise an ImportError with the command that helps if a package is missing or too old or new.

    mmcv is checked here because no requirement can name it: mmcv and mmcv-lite install the same module.
    """
    for module, command in (
        ('torch', "'pip install torch'"),
        ('mmengine', '\'pip install "mmengine>=0.10.0,<1.0.0"\''),
        ('mmcv', MMCV_COMMANDS),
        ('mmaction', "'pip install mmaction2==1.2.0'"),
    ):
        if find_spec(module) is None:
            raise ImportError(f'mamp_plugin needs {module}, which is not installed; run {command}')
    from mmengine.utils import digit_version

    mmcv_version = import_module('mmcv').__version__
    if not digit_version('2.0.0rc4') <= digit_version(mmcv_version) < digit_version('2.2.0'):
        raise ImportError(f'mmaction2 1.2 does not work with mmcv {mmcv_version}; run {MMCV_COMMANDS}')
    mmaction_version = import_module('mmaction').__version__
    if not digit_version('1.2.0') <= digit_version(mmaction_version) < digit_version('1.3.0'):
        command = "'pip install mmaction2==1.2.0'"
        raise ImportError(f'mamp_plugin needs mmaction2 1.2.x, found {mmaction_version}; run {command}')


def import_extra(module: str, extra: str) -> ModuleType:
    """Import a module that an extra of the package installs, or raise an ImportError with the command that does.

    Args:
        module (str): Name of the module.
        extra (str): Name of the extra.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(f"{error}; run pip install 'mamp-plugin[{extra}]'") from error
