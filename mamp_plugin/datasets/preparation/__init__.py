"""Conversion of distributed data sets to annotation files, one module of ``formats`` each."""

from mamp_plugin.datasets.annotations.writing import write_annotations

from .formats.custom import Custom
from .formats.joint_npy import JointNpy
from .formats.mamp_npz import MampNpz
from .formats.mmaction_pickle import MmactionPickle
from .formats.msr_action3d import MsrAction3d
from .formats.ntu import Ntu60, Ntu120
from .formats.nw_ucla import NwUcla
from .formats.pku_mmd import Pku1, Pku1Untrimmed, Pku2, Pku2Untrimmed
from .formats.sbu import SbuInteraction
from .formats.utd_mhad import UtdMhad
from .prepare import prepare
from .raw_files import RawDataError

#: Preparations by subcommand of ``tools/data/prepare.py``.
PREPARATIONS = {
    preparation.name: preparation
    for preparation in (
        Ntu60,
        Ntu120,
        Pku1,
        Pku1Untrimmed,
        Pku2,
        Pku2Untrimmed,
        NwUcla,
        MsrAction3d,
        UtdMhad,
        SbuInteraction,
        MampNpz,
        JointNpy,
        MmactionPickle,
        Custom,
    )
}

__all__ = [
    'PREPARATIONS',
    'Custom',
    'JointNpy',
    'MampNpz',
    'MmactionPickle',
    'MsrAction3d',
    'Ntu120',
    'Ntu60',
    'NwUcla',
    'Pku1',
    'Pku1Untrimmed',
    'Pku2',
    'Pku2Untrimmed',
    'RawDataError',
    'SbuInteraction',
    'UtdMhad',
    'prepare',
    'write_annotations',
]
