"""Says what is in an annotation file or a store, and what is wrong with it; draws it with --plot.

The exit status is 1 if there are problems. Remarks, such as frames without anybody, are none.
"""

import os
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec


def make_way() -> None:
    """Lets the standard library have its module ``inspect``.

    Python searches the folder of a script first, so whatever the scripts of this folder import finds this file when it
    asks for ``inspect``.
    """
    here = os.path.dirname(os.path.realpath(__file__))
    spec = PathFinder.find_spec('inspect', [path for path in sys.path if os.path.realpath(path) != here])
    sys.modules['inspect'] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules['inspect'])


def main() -> None:
    import argparse
    import pickle

    from mamp_plugin.datasets.inspection import inspect_source, open_source
    from mamp_plugin.datasets.inspection_report import report

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('file', help='annotation file or store')
    parser.add_argument('--plot', metavar='DIR', help='folder for pictures of lengths, classes and some sequences')
    args = parser.parse_args()
    try:
        if args.plot:
            from mamp_plugin.visualization.data_figures import draw_findings
        source = open_source(args.file)
    except (ImportError, OSError, ValueError, pickle.UnpicklingError) as error:
        raise SystemExit(str(error)) from None
    findings = inspect_source(source)
    print(report(findings))
    if args.plot:
        for path in draw_findings(findings, source.read, args.plot):
            print(f'drawn: {path}')
    sys.exit(bool(findings.problems))


if getattr(sys.modules.get('inspect'), '__file__', __file__) == __file__:
    make_way()
if __name__ == '__main__':
    main()
