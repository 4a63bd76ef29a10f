"""From the files that data sets are distributed as to annotation files: a module per format."""

from .annotation_file import write_annotations
from .prepare import prepare
from .raw_files import RawDataError
from .sbu import SbuInteraction
from .utd_mhad import UtdMhad

#: By the name that the command line has for them.
PREPARATIONS = {preparation.name: preparation for preparation in (UtdMhad, SbuInteraction)}

__all__ = ['PREPARATIONS', 'RawDataError', 'SbuInteraction', 'UtdMhad', 'prepare', 'write_annotations']
