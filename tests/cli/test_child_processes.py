"""Child processes are terminated with their children."""

import sys
import threading
import time

import pytest

from mamp_plugin.cli import child_processes
from mamp_plugin.cli.child_processes import terminated_on_exit

#: Starts a child, prints when it runs, and lets it change a file for ever; a stubborn one ignores SIGTERM.
SCRIPT = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN if sys.argv[2] == 'stubborn' else signal.SIG_DFL)
child = "import time, pathlib, itertools\\nfor n in itertools.count():\\n time.sleep(0.01)"
child += f"\\n pathlib.Path({sys.argv[1]!r}).write_text(str(n))"
subprocess.run([sys.executable, '-S', '-c', child])
"""


@pytest.mark.parametrize('kind', ['obedient', 'stubborn'])
def test_an_error_ends_the_whole_group(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(child_processes, 'GRACE', 0.3)
    file, codes = tmp_path / 'number', []

    def run(children):
        codes.append(children.run([sys.executable, '-S', '-c', SCRIPT, str(file), kind]))

    with pytest.raises(ValueError), terminated_on_exit() as children:
        thread = threading.Thread(target=run, args=(children,))
        thread.start()
        while not file.exists():
            time.sleep(0.01)
        raise ValueError
    thread.join()
    written = file.read_text()
    time.sleep(0.1)
    assert codes == [None] and file.read_text() == written
    assert children.run(['false']) is None


def test_status_of_finished_processes():
    with terminated_on_exit() as children:
        assert children.run(['false']) == 1 and children.run(['true']) == 0
        children.close()
        assert children.run(['true']) is None
