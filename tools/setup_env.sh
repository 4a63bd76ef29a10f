#!/usr/bin/env bash
# Sets up everything the plugin needs; a second run takes seconds.
#   bash tools/setup_env.sh            makes .venv in this checkout and installs the tested set into it
#   MAMP_ENV=active bash tools/...     uses the active environment and adds only what it lacks
# Other scripts source it and find the interpreter in $PYTHON.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
say() { printf '\n== %s\n' "$*"; }
fail() { printf '\nerror: %s\n' "$*" >&2; exit 1; }

if [ "${MAMP_ENV:-own}" = active ]; then
    PYTHON="$(command -v python || command -v python3)" || fail 'no python on the PATH'
    stamp=""
else
    venv="$root/.venv"
    if [ ! -x "$venv/bin/python" ]; then
        base="${PYTHON:-$(command -v python3 || command -v python)}" || fail 'no python3 on the PATH'
        "$base" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' \
            || fail "the tested set needs Python 3.10 to 3.12, $base is $("$base" -V 2>&1); name another one: PYTHON=python3.11 bash $0"
        say "Making $venv with $("$base" -V)"
        "$base" -m venv "$venv" || fail "python -m venv failed; on Debian and Ubuntu: apt-get install python3-venv"
    fi
    PYTHON="$venv/bin/python"
    stamp="$venv/.mamp-plugin"
fi
export PYTHON PIP_DISABLE_PIP_VERSION_CHECK=1

# Without a GPU, PyTorch's CUDA build is gigabytes for nothing; what pip would take is looked at first.
install_torch() {
    local wanted="$1"
    if ! command -v nvidia-smi >/dev/null && [ -z "${MAMP_ALLOW_CUDA:-}" ] \
        && "$PYTHON" -m pip install --dry-run "$wanted" 2>/dev/null | grep -q '^Would install.*nvidia-'; then
        fail "pip would fetch PyTorch's CUDA build (several GB), and this machine has no NVIDIA GPU.
Install the CPU build into $("$PYTHON" -c 'import sys; print(sys.prefix)') as PyTorch's 'Get started' page says, then run this again;
MAMP_ALLOW_CUDA=1 takes the CUDA build all the same."
    fi
    say "Installing $wanted"
    "$PYTHON" -m pip install --quiet "$wanted"
}

install_all() {
    local missing torch
    missing="$("$PYTHON" "$root/tools/_missing.py" "$root/requirements/tested.txt")"
    torch="$(printf '%s\n' "$missing" | grep '^torch==' || true)"
    [ -z "$torch" ] || install_torch "$torch"
    # an own environment is brought to the tested versions, somebody else's only gets what it lacks
    local list="$root/requirements/tested.txt" keep='^(torch|mmcv-lite)=='
    if [ "${MAMP_ENV:-own}" = active ]; then
        printf '%s\n' "$missing" | grep -v '^torch==' >"$workdir/install.txt" || true
    else
        { grep -vE "$keep" "$list"; printf '%s\n' "$missing" | grep '^mmcv-lite==' || true; } >"$workdir/install.txt"
    fi
    say 'Installing what mmaction2 needs'
    "$PYTHON" -m pip install --quiet --no-deps -r "$workdir/install.txt"
    say 'Installing mamp-plugin from this checkout'
    "$PYTHON" -m pip install --quiet --no-deps --no-build-isolation -e "$root"
    "$PYTHON" -c 'import pkg_resources' 2>/dev/null \
        || say "setuptools 81 or newer is installed: configs based on mmaction::… need 'pip install \"setuptools<81\"'"
    (cd "$root" && "$PYTHON" -W ignore -c 'import mamp_plugin')
}

ready() { [ -n "$stamp" ] && [ "$(cat "$stamp$1" 2>/dev/null)" = "$2" ]; }
note() { [ -z "$stamp" ] || printf '%s' "$2" >"$stamp$1"; }

wanted="$root $(cat "$root"/requirements/{build,tested}.txt "$root/setup.py" | cksum)"
if ready '' "$wanted"; then
    echo "The environment is ready: $PYTHON"
else
    workdir="$(mktemp -d)"
    trap 'rm -rf "$workdir"' EXIT
    install_all
    note '' "$wanted"
    say "Ready: $PYTHON"
fi
if [ -n "${MAMP_TESTS:-}" ] && ! ready -tests "$(cat "$root/requirements/tests.txt")"; then
    say 'Installing what the tests need'
    "$PYTHON" -m pip install --quiet -r "$root/requirements/tests.txt"
    note -tests "$(cat "$root/requirements/tests.txt")"
fi
if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    printf '\nNext: bash tools/quickstart.sh\n'
fi
