#!/usr/bin/env bash
# Sets up everything the plugin needs; a second run takes seconds, or goes on where the first one stopped.
#   bash tools/setup_env.sh            makes .venv in this checkout and installs the tested set into it
#   MAMP_ENV=active bash tools/...     uses the active environment and adds only what it lacks
#   PYTHON=python3.12 bash tools/...   makes .venv with this interpreter
#   UV_TORCH_BACKEND=cu126 bash ...    takes this build of PyTorch instead of the one that suits the machine
# Other scripts source it and find the interpreter in $PYTHON.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
. "$root/tools/_python.sh"
. "$root/tools/_install.sh"
export PIP_DISABLE_PIP_VERSION_CHECK=1

# What is installed is noted in the environment of our own, so that a second run has nothing to look up.
ready() { [ -n "$own" ] && [ -x "$venv/bin/python" ] && [ "$(cat "$venv/.mamp-plugin$1" 2>/dev/null)" = "$2" ]; }
note() { [ -z "$own" ] || printf '%s' "$2" >"$venv/.mamp-plugin$1"; }

use_active_environment() {
    PYTHON="$(command -v python || command -v python3)" || fail 'no python on the PATH
Next: activate an environment, or leave out MAMP_ENV=active'
    python_fits "$PYTHON" 14 || fail "Python 3.10 to 3.14 is needed, the active one is $("$PYTHON" -V 2>&1)
Next: activate another environment, or leave out MAMP_ENV=active"
    lock "$PYTHON"
    # nothing that is there is replaced
    "$PYTHON" -m pip list --format=freeze 2>/dev/null | grep -E '^[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.+!]*$' >"$constraints" || true
}

use_own_environment() {
    local base
    usable() { python_fits "$venv/bin/python" 14 && "$venv/bin/python" -m pip --version >/dev/null 2>&1; }
    PYTHON="$venv/bin/python"
    if usable; then
        lock "$PYTHON"
        return
    fi
    base="$(PYTHON="$named" find_python)" || exit 1
    lock "$base"
    usable && return  # another set-up has made it meanwhile
    if "$PYTHON" -V >/dev/null 2>&1 && [ ! -e "$venv/.mamp-plugin" ]; then
        fail "$venv is not of this script's making and holds $("$PYTHON" -V 2>&1), not Python 3.10 to 3.14
Next: move it away, or activate a suitable environment and run: MAMP_ENV=active bash tools/setup_env.sh"
    fi
    say "Making $venv with $("$base" -V)"
    make_venv "$base" "$venv"
    note '' ''
}

install_all() {
    local torch
    # a recent pip looks at PyTorch without downloading it; an old one works as well
    [ -z "$own" ] || pip_install --upgrade pip 2>/dev/null || true
    torch="$("$PYTHON" "$root/tools/_missing.py" $own "$root/requirements/tested.txt" | grep '^torch==')" || true
    [ -z "$torch" ] || install_torch "$torch"
    install_packages
    install_plugin
}

own=--own venv="$root/.venv" named="${PYTHON:-}"
[ "${MAMP_ENV:-own}" != active ] || own=""
wanted="$root $(cat "$root"/requirements/{build,tested}.txt "$root"/{setup.py,pyproject.toml} | cksum)"
tests="$(cat "$root"/requirements/{tests,docs}.txt)"
if ready '' "$wanted" && { [ -z "${MAMP_TESTS:-}" ] || ready -tests "$tests"; }; then
    PYTHON="$venv/bin/python"
    echo "The environment is ready: $PYTHON"
else
    workdir="$(mktemp -d)"
    constraints="$workdir/constraints"
    trap 'rm -rf "$workdir"' EXIT
    : >"$constraints"
    if [ -n "$own" ]; then use_own_environment; else use_active_environment; fi
    if ! ready '' "$wanted"; then
        install_all
        note '' "$wanted"
    fi
    if [ -n "${MAMP_TESTS:-}" ] && ! ready -tests "$tests"; then
        install_tests
        note -tests "$tests"
    fi
    unlock
    say "Ready: $PYTHON"
fi
export PYTHON
if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    printf '\nNext: bash tools/quickstart.sh\n'
fi
