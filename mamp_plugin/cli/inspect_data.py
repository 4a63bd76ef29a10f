"""Report the content and the defects of an annotation file or a store; draw it with --plot.

The exit status is 1 if there are problems. Remarks, such as frames without persons, are none.
"""

import argparse
import sys

from mamp_plugin.datasets.annotations.inspection import inspect_source
from mamp_plugin.datasets.annotations.inspection_report import report
from mamp_plugin.datasets.annotations.source import open_source
from mamp_plugin.output_files import check_folder
from mamp_plugin.progress import show_progress


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('file', help='annotation file or store')
    parser.add_argument('--plot', metavar='DIR', help='folder for figures of lengths, classes and some sequences')
    parser.add_argument('--layout', metavar='NAME', help='layout of the data: name or JSON file')
    args = parser.parse_args()
    if args.plot:
        from mamp_plugin.visualization.data_figures import draw_findings

        check_folder(args.plot)
    source = open_source(args.file)
    findings = inspect_source(source, show_progress, args.layout)
    print(report(findings))
    if args.plot:
        for path in draw_findings(findings, source.annotation, args.plot):
            print(f'drawn: {path}')
        if len(findings.layouts) > 1:
            names = ', '.join(layout.name for layout in findings.layouts)
            print(f'no skeletons drawn: {findings.skeleton[0]} joints may be {names}; choose one with --layout NAME')
    sys.exit(bool(findings.problems))
