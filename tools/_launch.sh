# Shared by dist_train.sh and dist_test.sh: starts SCRIPT on GPUS processes of this node.
# Without CUDA devices the same command runs that many CPU processes.
launch() {
    local script="$1" gpus="$2"
    shift 2
    case "$gpus" in
        '' | 0 | *[!0-9]*) echo "the number of processes must be a whole number of at least 1, got '$gpus'" >&2; return 2 ;;
    esac
    local nnodes="${NNODES:-1}" rendezvous
    if [ "$nnodes" -eq 1 ] && [ -z "${PORT:-}" ]; then
        rendezvous=(--standalone)  # torchrun finds a free port itself
    else
        rendezvous=(--master_addr "${MASTER_ADDR:-127.0.0.1}" --master_port "${PORT:-29500}")
    fi
    # in place of this shell, so that signals reach torchrun
    exec "${PYTHON:-python}" -m torch.distributed.run --nnodes "$nnodes" --node_rank "${NODE_RANK:-0}" \
        "${rendezvous[@]}" --nproc_per_node "$gpus" "$script" --launcher pytorch "$@"
}
