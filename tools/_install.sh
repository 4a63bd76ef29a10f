# Shared by setup_env.sh: installs into $PYTHON what tools/_missing.py finds missing.
# shellcheck disable=SC2154  # root, workdir, constraints and own are set by setup_env.sh

pip_install() { "$PYTHON" -m pip install --quiet "$@"; }

gpu_present() { nvidia-smi -L 2>/dev/null | grep -q '^GPU '; }

# Whether pip would take PyTorch's CUDA build, which is gigabytes for nothing on a machine without a GPU.
pip_takes_cuda() {
    "$PYTHON" -m pip install --dry-run -c "$constraints" "$1" 2>/dev/null | grep -q '^Would install.*nvidia-'
}

# Puts the path of uv, which knows where PyTorch keeps its builds, into $uv; it is fetched into a temporary folder.
get_uv() {
    uv="$(command -v uv)" && return
    uv="$workdir/uv/bin/uv"
    [ -x "$uv" ] || pip_install --target "$workdir/uv" uv 2>/dev/null
}

# install_torch REQUIREMENT: this version, or another where there is none for this Python or these packages.
install_torch() {
    say "Installing $1"
    try_torch "$1" 2>"$workdir/stderr" && return
    say "$1 does not fit here: $(tail -n 1 "$workdir/stderr")"
    step 'Installing PyTorch' try_torch "${1%%==*}"
}

try_torch() {
    local wanted="$1" backend="${UV_TORCH_BACKEND:-}" uv
    [ -n "$backend" ] || { gpu_present && backend=auto; } || backend=cpu
    if [ "$backend" != cpu ] || pip_takes_cuda "$wanted"; then
        get_uv && "$uv" pip install --quiet --python "$PYTHON" --torch-backend="$backend" -c "$constraints" "$wanted" \
            2>"$workdir/uv-stderr" && return
        echo "   uv did not get the build of PyTorch for '$backend': $(tail -n 1 "$workdir/uv-stderr")"
        [ "$backend" != cpu ] || echo "   pip installs the CUDA build, which runs on the CPU as well: about 3 GB to download, 5 GB on disk"
    fi
    pip_install -c "$constraints" "$wanted"
}

# add_missing FILE: installs what is missing of FILE in versions that fit what is there, and changes nothing else.
add_missing() {
    # with their dependencies, OpenMMLab's packages bring several flavors of OpenCV that overwrite each other
    local mm='^(mmaction2|mmcv-lite|mmengine)=='
    "$PYTHON" "$root/tools/_missing.py" "$1" | grep -v '^torch==' >"$workdir/missing" || return 0
    grep -vE "$mm" "$workdir/missing" | sed 's/==[^;]*//' >"$workdir/others" || true
    grep -E "$mm" "$workdir/missing" >"$workdir/mm" || true
    [ ! -s "$workdir/others" ] || step 'Installing missing packages' pip_install -c "$constraints" -r "$workdir/others"
    [ ! -s "$workdir/mm" ] || step "Installing OpenMMLab's packages" pip_install --no-deps -r "$workdir/mm"
}

# An environment of our own is brought to the tested versions.
install_packages() {
    local tested="$root/requirements/tested.txt"
    say 'Installing the packages that mmaction2 needs'
    if [ -z "$own" ]; then
        add_missing "$tested"
        return
    fi
    {
        grep -vE '^(torch|mmcv-lite)==' "$tested"
        "$PYTHON" "$root/tools/_missing.py" --own "$tested" | grep '^mmcv-lite==' || true
    } >"$workdir/install"
    step 'Installing the tested versions' pip_install --no-deps -r "$workdir/install"
}

install_plugin() {
    say 'Installing mamp-plugin from this checkout'
    # an old setuptools in the environment cannot; then pip fetches one for the moment
    pip_install --no-deps --no-build-isolation -e "$root" 2>"$workdir/stderr" \
        || step 'Installing mamp-plugin' pip_install --no-deps -e "$root"
    step 'Importing mamp-plugin' import_plugin
}
import_plugin() { (cd "$root" && "$PYTHON" -W ignore -c 'import mamp_plugin'); }

install_tests() {
    say 'Installing what the tests need'
    if [ -z "$own" ]; then
        add_missing "$root/requirements/tests.txt"
        add_missing "$root/requirements/docs.txt"
    else
        step 'Installing what the tests need' pip_install -r "$root/requirements/tests.txt" -r "$root/requirements/docs.txt"
    fi
}
