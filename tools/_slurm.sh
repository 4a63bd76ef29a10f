# Shared by slurm_train.sh and slurm_test.sh: runs a script of tools/ on GPUS tasks of a partition.
slurm() {
    local partition="$1" job_name="$2" script="$3"
    shift 3
    local gpus="${GPUS:-8}" gpus_per_node="${GPUS_PER_NODE:-8}"
    export MASTER_PORT="${MASTER_PORT:-$((12000 + RANDOM % 20000))}"
    # SRUN_ARGS is a list of words, as in mmaction2
    # shellcheck disable=SC2086
    srun -p "$partition" --job-name="$job_name" --gres="gpu:$gpus_per_node" --ntasks="$gpus" \
        --ntasks-per-node="$gpus_per_node" --cpus-per-task="${CPUS_PER_TASK:-5}" --kill-on-bad-exit=1 \
        ${SRUN_ARGS:-} "${PYTHON:-python}" -u "$script" "$@" --launcher slurm
}
