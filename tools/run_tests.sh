#!/usr/bin/env bash
# Sets everything up, then lints and runs the tests. Arguments go to pytest: bash tools/run_tests.sh -k mamp
set -euo pipefail
MAMP_TESTS=1
. "$(dirname "${BASH_SOURCE[0]}")/setup_env.sh"
cd "$root"
# one thread per process: the test processes share the cores
export OMP_NUM_THREADS=1 MKL_NUM_THREADS=1

say 'Lint'
"$PYTHON" -m ruff check .
"$PYTHON" -m ruff format --check .
"$PYTHON" -m mypy

say 'Tests'
"$PYTHON" -m pytest -n "${TEST_PROCESSES:-2}" "$@"
say 'All green. Next: bash tools/quickstart.sh, or CONTRIBUTING.md to add a method.'
