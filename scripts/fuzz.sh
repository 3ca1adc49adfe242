#!/usr/bin/env bash
# Runs every fuzz target of the project for FUZZTIME, one after another.
set -euo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}
for dir in $(git grep -l '^func Fuzz' -- '*_test.go' | xargs -r -n1 dirname | sort -u); do
    for target in $(grep -ho '^func Fuzz[A-Za-z0-9_]*' "$dir"/*_test.go | cut -d' ' -f2); do
        echo "== ./$dir $target"
        "$go" test -tags "${TAGS:-}" -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-30s}" "./$dir"
    done
done
