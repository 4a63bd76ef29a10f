#!/usr/bin/env bash
# Sets everything up, pretrains a small MAMP without labels on the synthetic data, and shows what its features gained.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup_env.sh"
cd "$root"
config=configs/mamp_synthetic.py work_dir=work_dirs/quickstart
epochs="$("$PYTHON" -W ignore -c "from mmengine.config import Config; print(Config.fromfile('$config').train_cfg.max_epochs)")"
processes=$(("$("$PYTHON" -c 'import os; print(os.cpu_count())')" > 1 ? 2 : 1))
log="$work_dir/quickstart.log"
rm -rf "$work_dir"
mkdir -p "$work_dir"

say "Pretraining MAMP on 768 synthetic sequences, $epochs epochs, $processes processes (some 90 seconds on two cores)"
tools/dist_train.sh "$config" "$processes" --work-dir "$work_dir" 2>&1 | tee "$log" \
    | grep --line-buffered -E 'Epoch\(train\) +\[[0-9]*[05]\]|Error|error:' \
    || fail "pretraining stopped; the reason is at the end of $root/$log"

say 'What the features are worth, nothing fine-tuned (accuracy in %, persons never seen)'
"$PYTHON" -W ignore tools/analysis_tools/probe.py "$config" "$work_dir/epoch_$epochs.pth" --out "$work_dir/probe.json" 2>>"$log"

say 'Report of the run'
"$PYTHON" -W ignore tools/analysis_tools/report.py "$work_dir" --out "$work_dir/report.html" >>"$log" 2>&1 \
    || fail "the report was not written; the reason is at the end of $root/$log"
cat <<TEXT

1-NN compares poses or features by angle, linear is a linear classifier on them. "raw poses" has no network; "random" is
the same network before pretraining.
Log and checkpoints: $root/$work_dir
Report, to open in a browser: $root/$work_dir/report.html
Next:
  source .venv/bin/activate
  tools/dist_train.sh configs/mamp_ntu60.py 8           # the real thing, on mmaction2's data/skeleton/ntu60_3d.pkl
  tools/dist_train.sh configs/downstream/supervised/stgcn_synthetic.py 2  # mmaction2's STGCN, supervised, on the same data
TEXT
