#!/usr/bin/env bash
# Drives 1,000 devices against a server on loopback for two minutes and prints
# what they saw and how much memory the server used. Stops by itself.
set -euo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}
dir=$(mktemp -d)
trap 'kill "${pid:-}" 2>/dev/null || true; rm -rf "$dir"' EXIT
"$go" build -o "$dir/onsetctl" ./cmd/onsetctl
"$dir/onsetctl" serve init --store "$dir/store" >/dev/null
# All devices come from one address here.
sed -i 's/^pair_rate.*/pair_rate = 10000.0/; s/^pair_burst.*/pair_burst = 10000/' "$dir/store/server.toml"
"$dir/onsetctl" serve run --store "$dir/store" --listen 127.0.0.1:0 --json >"$dir/out" 2>"$dir/log" &
pid=$!
for _ in $(seq 100); do [ -s "$dir/out" ] && break; sleep 0.1; done
memory() { awk '/VmRSS/ {print $2 " kB"}' "/proc/$pid/status"; }
echo "server's memory at the start: $(memory)"
(sleep 45; echo "after 45 s: $(memory)") &
"$dir/onsetctl" device swarm "${DEVICES:-1000}" --store "$dir/store" --poll 30s --sessions 20 --duration "${DURATION:-2m}"
echo "server's memory at the end: $(memory)"
"$dir/onsetctl" serve verify --store "$dir/store"
