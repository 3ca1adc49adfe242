#!/usr/bin/env bash
# Measures every protocol of training/protocols on the recordings beside the
# project and writes the tables to docs/results-tables.md. What was measured
# before is kept in bin/results and not measured again; remove it to start anew.
set -euo pipefail
cd "$(dirname "$0")/.."
ctl=$PWD/bin/onsetctl
data=${RESULTS_DATA:-../shared/data}
out=bin/results
mkdir -p "$out"
[ -d "$data" ] || { echo "The recordings are not in $data; set RESULTS_DATA to where they are." >&2; exit 1; }

# study NAME SOURCE... : imports once.
study() {
  local name=$1; shift
  [ -f "$out/$name.done" ] && return
  rm -f "$out/$name.onset"*
  "$ctl" study new "$out/$name.onset" >/dev/null
  "$ctl" import -q "$out/$name.onset" "$@" >/dev/null
  touch "$out/$name.done"
}

# measure FILE COMMAND... : runs onsetctl once, its JSON goes to FILE.
measure() {
  local file=$1; shift
  [ -s "$out/$file" ] && return
  echo "$file" >&2
  # A stress test that finds a leak exits 1 and its result says so.
  "$ctl" "$@" --json -q >"$out/$file.part" || [ -s "$out/$file.part" ]
  mv "$out/$file.part" "$out/$file"
}

study mex "$data/mex-thigh"
study sp-sw-har "$data/sp-sw-har"
study uci "$data/uci-physical-therapy"
study pebble "$data/muvr/pebble-sessions/jan-arms-24-05" "$data/muvr/pebble-sessions/jan-arms-11-06" --participant P01

for config in training/protocols/*.toml; do
  name=$(basename "$config" .toml)
  case $name in
    *search) measure "search-$name.json" search "$out/${name%%-*}.onset" --config "$config" ;;
    sp-sw-har*) measure "train-$name.json" train "$out/sp-sw-har.onset" --config "$config" ;;
    *) measure "train-$name.json" train "$out/${name%%-*}.onset" --config "$config" ;;
  esac
done
p=training/protocols
measure curve-mex.json curve "$out/mex.onset" --config $p/mex-onset-curve.toml
measure effects-mex.json effects "$out/mex.onset" --config $p/mex-first-second-ridge.toml
measure stress-mex.json stress "$out/mex.onset" --config $p/mex-onset-curve.toml --shuffles 5
measure stress-sp-sw-har.json stress "$out/sp-sw-har.onset" --config $p/sp-sw-har-first-second-kernels.toml --shuffles 1

${GO:-go} run ./training/internal/results "$out" >docs/results-tables.md.part
mv docs/results-tables.md.part docs/results-tables.md
echo "docs/results-tables.md is written." >&2
${GO:-go} run ./labeling/internal/results -data "$data" >&2
echo "The table of suggestions in docs/results.md is written." >&2
