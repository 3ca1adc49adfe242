#!/usr/bin/env bash
# Opens the built window, on the sample study when no file is named.
#   XVFB=1 scripts/run.sh   on a virtual screen, where there is no other
set -euo pipefail
cd "$(dirname "$0")/.."

if [ $# -eq 0 ]; then
    set -- -sample
fi
if [ -n "${DISPLAY:-}" ]; then
    exec bin/onset "$@"
fi
if [ -n "${XVFB:-}" ]; then
    scripts/deps.sh window
    exec xvfb-run --auto-servernum --server-args="-screen 0 1600x1000x24 +extension GLX" bin/onset "$@"
fi
cat >&2 <<'TXT'
The program is built (bin/onset), but there is no screen here: DISPLAY is not set.
  - on a desktop, open a terminal there and run `make run` again
  - over ssh, connect with `ssh -X`
  - to start it on a virtual screen all the same: XVFB=1 make run
  - to work without a window: bin/onsetctl --help (`make build` makes it)
TXT
exit 1
