#!/usr/bin/env bash
# Checks and measures the plugin on one GPU, in at most TIME_LIMIT (8 minutes). Arguments go to gpu_check.py.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

candidates=(python python3 "$root/.venv/bin/python")
[ -z "${PYTHON:-}" ] || candidates=("$PYTHON")
python=""
for candidate in "${candidates[@]}"; do
    if "$candidate" -c 'from importlib.util import find_spec as f; exit(not (f("torch") and f("mmaction")))' 2>/dev/null; then
        python="$candidate"
        break
    fi
done
[ -n "$python" ] || fail "no torch and mmaction2 found with ${candidates[*]}; run 'bash tools/setup_env.sh', or set PYTHON"

limit="${TIME_LIMIT:-8m}" status=0
export PYTHONPATH="$root${PYTHONPATH:+:$PYTHONPATH}"
timeout --foreground --kill-after=10 "$limit" "$python" -W ignore "$root/tools/analysis_tools/gpu_check.py" "$@" || status=$?
case "$status" in
    124 | 137) fail "stopped after TIME_LIMIT=$limit; the JSON file has the results so far, --only runs the other checks" ;;
esac
exit "$status"
