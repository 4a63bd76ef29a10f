# Shared by setup_env.sh: messages, the lock, and an environment with a suitable Python.
# shellcheck disable=SC2154  # root, venv and workdir are set by setup_env.sh

say() { printf '\n== %s\n' "$*"; }
fail() { printf '\nerror: %s\n' "$*" >&2; exit 1; }

# step NAME COMMAND...: runs a command; if it fails, the script ends with the cause and the next command.
step() {
    local name="$1"
    shift
    "$@" 2>"$workdir/stderr" || { cat "$workdir/stderr" >&2; fail "$name failed: $(cause)"; }
}

# The line of the last step's output that tells the cause, and what helps.
cause() {
    local log="$workdir/stderr" line help="run 'bash tools/setup_env.sh' again, it goes on from here"
    line="$(grep -iE '^(error|fatal|[A-Za-z.]*Error):? ' "$log" | tail -n 1)" || line="$(tail -n 1 "$log")"
    if grep -qi 'no space left' "$log"; then
        help="free some space (see 'df -h .'), then $help"
    elif grep -qiE 'resolv|connect|timed out|proxy|certificate|no matching distribution' "$log"; then
        help="check the network ('python -m pip config list' shows index and proxy), then $help"
    elif grep -qi 'permission denied' "$log"; then
        help="make the folder writable or activate an environment of your own (MAMP_ENV=active), then $help"
    fi
    printf '%s\nNext: %s' "${line:-no message}" "$help"
}

# Two set-ups of one checkout run one after the other; the lock lasts until the shell closes file descriptor 9.
lock() {
    exec 9>>"$root/.setup.lock" || return 0
    # file systems and systems without locks go on without one
    local code='
import errno, fcntl
try:
    fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)
except (IOError, OSError) as error:
    print("busy" if error.errno in (errno.EAGAIN, errno.EACCES) else "")'
    if [ "$("$1" -c "$code" 2>/dev/null)" = busy ]; then
        say 'Another set-up of this checkout is running; waiting for it'
        "$1" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)'
    fi
}
unlock() { exec 9>&-; }

# python_fits PYTHON MINOR: from 3.10 to 3.MINOR
python_fits() { "$1" -c "import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, $2))" >/dev/null 2>&1; }

# Prints an interpreter from 3.10 to 3.13, else 3.14: the named one, python3, others on the PATH, one that uv has or gets.
find_python() {
    local newest candidate found=""
    for newest in 13 14; do
        for candidate in "${PYTHON:-}" python3 python python3.13 python3.12 python3.11 python3.10 python3.14; do
            candidate="$(command -v "$candidate")" && [ "${candidate#"$venv"/}" = "$candidate" ] || continue
            python_fits "$candidate" "$newest" && echo "$candidate" && return
            found="${found:-$candidate, $("$candidate" -V 2>&1 | tail -n 1)}"
        done
    done
    if command -v uv >/dev/null; then
        uv python find --system '>=3.10,<3.14' 2>/dev/null && return
        echo "No Python 3.10 to 3.13 found (${found:-none}); uv installs 3.13" >&2
        uv python install 3.13 >&2 && uv python find --system 3.13 && return
    fi
    fail "Python 3.10 to 3.14 is needed, found ${found:-none}
Next: install one (apt-get install python3.12-venv, brew install python@3.12 or uv python install 3.12),
then: PYTHON=python3.12 bash tools/setup_env.sh"
}

# make_venv PYTHON FOLDER: with venv, or with virtualenv or uv where Debian and Ubuntu leave out ensurepip.
make_venv() {
    "$1" -m venv --clear "$2" 2>"$workdir/stderr" && return
    "$1" -m pip install --quiet --target "$workdir/virtualenv" virtualenv 2>>"$workdir/stderr" \
        && PYTHONPATH="$workdir/virtualenv" "$1" -m virtualenv --quiet --clear "$2" 2>>"$workdir/stderr" && return
    command -v uv >/dev/null && uv venv --quiet --seed --clear --python "$1" "$2" 2>>"$workdir/stderr" && return
    cat "$workdir/stderr" >&2
    fail "making $2 with $1 failed: $(cause)
On Debian and Ubuntu this helps: apt-get install python3-venv"
}
