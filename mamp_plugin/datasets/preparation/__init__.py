"""From the files that data sets are distributed as to annotation files: a module per format."""

from .annotation_file import write_annotations
from .custom import Custom
from .joint_npy import JointNpy
from .mamp_npz import MampNpz
from .mmaction_pickle import MmactionPickle
from .msr_action3d import MsrAction3d
from .ntu import Ntu60, Ntu120
from .nw_ucla import NwUcla
from .pku_mmd import Pku1, Pku1Untrimmed, Pku2, Pku2Untrimmed
from .prepare import prepare
from .raw_files import RawDataError
from .sbu import SbuInteraction
from .utd_mhad import UtdMhad

#: By the name that the command line has for them.
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
