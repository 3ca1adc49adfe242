#!/usr/bin/env bash
# Measures every protocol of training/protocols, and the whole classifier, on the
# recordings beside the project, and writes the tables to docs/results-tables.md.
# What was measured before by the same config is kept in bin/results and not measured
# again; remove it to start anew, as after a change of how models are fitted. ONLY='mex-4s*' measures what matches alone and writes no tables.
set -euo pipefail
cd "$(dirname "$0")/.."
ctl=$PWD/bin/onsetctl
data=${RESULTS_DATA:-../shared/data}
out=bin/results
protocols=training/protocols
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

# measure FILE COMMAND... : runs onsetctl once, its JSON goes to FILE.json, the
# processor's seconds to FILE.cpu.
measure() {
  local file=$1; shift
  # shellcheck disable=SC2053
  [[ $file == ${ONLY:-*} ]] || return 0
  local config=/dev/null arg
  for arg; do case $arg in *.toml) config=$arg ;; esac; done
  [ -s "$out/$file.json" ] && cmp -s "$config" "$out/$file.config" && return
  echo "$(date +%H:%M:%S) $file" >&2
  local TIMEFORMAT='%U %S'
  # A stress test that finds a leak exits 1 and its result says so.
  { time { "$ctl" "$@" --json -q >"$out/$file.part" 2>"$out/$file.log" || [ -s "$out/$file.part" ]; }; } 2>"$out/$file.cpu" ||
    { cat "$out/$file.log" >&2; return 1; }
  cp "$config" "$out/$file.config"
  mv "$out/$file.part" "$out/$file.json"
}

# model NAME : the model that a training made.
model() { grep -o '"model": *"[0-9a-f]*"' "$out/train-$1.json" | head -n 1 | grep -o '[0-9a-f]\{16\}'; }

study mex "$data/mex-thigh"
study sp-sw-har "$data/sp-sw-har"
study uci "$data/uci-physical-therapy"
study pebble "$data/muvr/pebble-sessions/jan-arms-24-05" "$data/muvr/pebble-sessions/jan-arms-11-06" --participant P01
study pebble-ten "$data"/muvr/pebble-sessions/*-*/ --participant P01
if [ ! -f "$out/sample.done" ]; then
  rm -f "$out/sample.onset"*
  "$ctl" sample "$out/sample.onset" >/dev/null
  touch "$out/sample.done"
fi

for config in "$protocols"/*.toml; do
  name=$(basename "$config" .toml)
  case $name in
    *search) measure "search-$name" search "$out/${name%%-*}.onset" --config "$config" ;;
    sp-sw-har*) measure "train-$name" train "$out/sp-sw-har.onset" --config "$config" ;;
    *) measure "train-$name" train "$out/${name%%-*}.onset" --config "$config" ;;
  esac
done

if [ -z "${ONLY:-}" ]; then
  best=$(model mex-first-second-all)
  for other in forest mlp-features mlp-samples kernels; do
    measure "compare-mex-first-second-$other" compare "$out/mex.onset" "$(model mex-first-second-$other)" "$best"
  done
  for other in forest mlp-features; do
    measure "compare-mex-4s-$other" compare "$out/mex.onset" "$(model mex-4s-$other)" "$(model mex-4s-all)"
  done
fi

measure curve-mex curve "$out/mex.onset" --config $protocols/mex-onset-curve.toml
measure effects-mex effects "$out/mex.onset" --config $protocols/mex-first-second-ridge.toml
measure stress-mex stress "$out/mex.onset" --config $protocols/mex-onset-curve.toml --shuffles 5
# Here the shuffled labels choose between candidates on inner folds, too.
measure stress-mex-nested stress "$out/mex.onset" --config $protocols/mex-first-second.toml --shifts "" --shuffles 2
measure stress-sp-sw-har stress "$out/sp-sw-har.onset" --config $protocols/sp-sw-har-first-second-kernels.toml --shuffles 1

# A planted leak: somebody's recordings once more, a year later, under another code
# and with noise of half a thousandth of g, so that no two values are the same.
if [ ! -s "$out/leak.txt" ] && [ -z "${ONLY:-}" ]; then
  rm -rf "$out/leak" "$out/leak.onset"*
  mkdir -p "$out/leak/25"
  cp "$out/mex.onset" "$out/leak.onset"
  for f in "$data"/mex-thigh/03/*.csv; do
    awk -F, -v OFS=, 'BEGIN { srand(3) } { sub(/^2018/, "2019", $1); for (i = 2; i <= 4; i++) $i = sprintf("%.6f", $i + 0.001 * (rand() - 0.5)); print }' \
      "$f" >"$out/leak/25/$(basename "$f")"
  done
  "$ctl" import -q "$out/leak.onset" "$out/leak" >/dev/null
  if "$ctl" train "$out/leak.onset" --config $protocols/mex-first-second-forest.toml -q >/dev/null 2>"$out/leak.part"; then
    echo "NOT FOUND: the training went on." >"$out/leak.part"
  fi
  mv "$out/leak.part" "$out/leak.txt"
fi

# The whole classifier: sensor, order, place and memory.
measure replay-pebble-arms replay "$out/pebble.onset" --protocol leave-session-out
measure replay-pebble replay "$out/pebble-ten.onset" --protocol leave-session-out
measure replay-sample replay "$out/sample.onset" --protocol leave-participant-out
measure replay-sample-shuffled-beacons replay "$out/sample.onset" --protocol leave-participant-out --shuffle-beacons
measure scenarios replay scenarios "$data/muvr/scenarios"

[ -z "${ONLY:-}" ] || exit 0
${GO:-go} run ./training/internal/results "$out" $protocols >docs/results-tables.md.part
mv docs/results-tables.md.part docs/results-tables.md
echo "docs/results-tables.md is written." >&2
${GO:-go} run ./labeling/internal/results -data "$data" >&2
echo "The table of suggestions in docs/results.md is written." >&2
