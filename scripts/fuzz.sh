#!/usr/bin/env bash
# Fuzzes every target of the project, or those whose name matches FUZZ, for
# FUZZTIME each, JOBS of them at a time with one worker each. A target that fails
# leaves its input under testdata/fuzz and the script ends with 1 after the rest.
# A new input is made smaller by 20 tries at most: what a decoder covers differs a
# little from run to run, and the default minute would be spent on that alone.
set -euo pipefail
cd "$(dirname "$0")/.."
export go=${GO:-go} TAGS=${TAGS:-} FUZZTIME=${FUZZTIME:-30s}
jobs=${JOBS:-1}
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
run() { # DIR TARGET BINARY
    cd "$1"
    if [ -w /dev/shm ]; then export TMPDIR=/dev/shm; fi # decoders read files
    if ! "$3" -test.run '^$' -test.fuzz "^$2\$" -test.fuzztime "$FUZZTIME" -test.fuzzminimizetime 20x -test.parallel 1 \
        -test.fuzzcachedir "$("$go" env GOCACHE)/fuzz/onset/$1" >"$3.$2.log" 2>&1; then
        cat "$3.$2.log"
        echo "== FAILED ./$1 $2"
        return 1
    fi
    echo "== ./$1 $2: $(grep execs "$3.$2.log" | tail -1)"
}
export -f run
for dir in $(git grep -l '^func Fuzz' -- '*_test.go' | xargs -r -n1 dirname | sort -u); do
    targets=$(grep -ho '^func Fuzz[A-Za-z0-9_]*' "$dir"/*_test.go | cut -d' ' -f2 | grep -E "${FUZZ:-.}" || true)
    [ -n "$targets" ] || continue
    binary=$bin/$(echo "$dir" | tr / -)
    "$go" test -tags "$TAGS" -c -fuzz Fuzz -o "$binary" "./$dir"
    for target in $targets; do
        printf '%s\0%s\0%s\0' "$dir" "$target" "$binary"
    done
done | xargs -0 -r -n 3 -P "$jobs" bash -c 'run "$@"' fuzz
