#!/bin/sh
# Makes the store at the first start, publishes the bundle's models that were not
# published yet, and runs the server.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
store=${ONSET_STORE:-/var/lib/onset-sync}
listen=${ONSET_LISTEN:-127.0.0.1:8443}
ctl=${ONSETCTL:-$here/bin/onsetctl}
mkdir -p "$store"
if [ ! -e "$store/.made" ]; then
    "$ctl" serve init --store "$store"
    : >"$store/.made"
fi
# models.txt: a release channel, a folder and the SHA-256 of its model.json.
while read -r channel folder sum; do
    [ -n "$channel" ] || continue
    [ ! -e "$store/.published-$sum" ] || continue
    "$ctl" model check "$here/$folder"
    "$ctl" serve publish --store "$store" "$here/$folder" --channel "$channel"
    : >"$store/.published-$sum"
done <"$here/models.txt"
exec "$ctl" serve run --store "$store" --listen "$listen"
