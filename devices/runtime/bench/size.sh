#!/usr/bin/env bash
# Says how large the runtime is for this machine and, where its compiler is, for
# 32-bit ARM. onset-device's own files (main.c, device_csv.c) don't count.
set -euo pipefail
cd "$(dirname "$0")/../c"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for cc in gcc clang arm-linux-gnueabihf-gcc arm-none-eabi-gcc; do
    command -v "$cc" >/dev/null || continue
    flags=(-std=c99 -Os)
    case $cc in arm-linux-*) flags+=(-mthumb -march=armv7-a+fp) ;; arm-none-*) flags+=(-mthumb -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16) ;; esac
    for f in onset*.c; do "$cc" "${flags[@]}" -c "$f" -o "$out/${f%.c}.o"; done
    size=size
    case $cc in arm-*) size=${cc%gcc}size ;; esac
    command -v "$size" >/dev/null || continue
    echo "$cc ${flags[*]}:"
    (cd "$out" && "$size" -t onset*.o)
done
