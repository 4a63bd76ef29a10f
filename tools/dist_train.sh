#!/usr/bin/env bash
# tools/dist_train.sh CONFIG GPUS [arguments of train.py]
# Environment: PORT, NNODES, NODE_RANK, MASTER_ADDR for several nodes; PYTHON for another interpreter.
set -euo pipefail
[ $# -ge 2 ] || { echo "usage: $0 CONFIG GPUS [arguments of train.py]" >&2; exit 2; }
tools="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
export PYTHONPATH="$tools/..${PYTHONPATH:+:$PYTHONPATH}"
. "$tools/_launch.sh"
launch "$tools/train.py" "$2" "$1" "${@:3}"
