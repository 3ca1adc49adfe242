#!/usr/bin/env bash
# Installs the Debian packages that a task needs and that are missing.
#   scripts/deps.sh build          to compile the desktop program
#   scripts/deps.sh build window   and to drive it under a virtual screen, with videos
#   scripts/deps.sh peers          to time training beside other programs
#   scripts/deps.sh sync           to time the sync server beside nginx
#   scripts/deps.sh device         to fuzz the device runtime and to run it on ARM
# Asks for root only when something is missing, and says what it installs.
set -euo pipefail

packages=()
for set in "$@"; do
    case $set in
    build) packages+=(gcc libc6-dev libgl1-mesa-dev libx11-dev libxrandr-dev libxxf86vm-dev libxi-dev libxcursor-dev libxinerama-dev) ;;
    window) packages+=(xvfb xauth xdotool imagemagick x11-utils libgl1-mesa-dri ffmpeg) ;;
    peers) packages+=(python3-sklearn python3-torch) ;;
    device) packages+=(clang libclang-rt-dev llvm gcc-arm-linux-gnueabihf libc6-dev-armhf-cross qemu-user) ;;
    sync) packages+=(nginx-light) ;;
    *)
        echo "deps.sh: unknown set '$set' (build, window, peers, device, sync)" >&2
        exit 2
        ;;
    esac
done

if ! command -v dpkg-query >/dev/null; then
    echo "This is no Debian or Ubuntu machine, so nothing is installed by itself. Needed here are the" >&2
    echo "counterparts of: ${packages[*]}" >&2
    exit 0
fi

missing=()
for p in "${packages[@]}"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing+=("$p")
done
[ ${#missing[@]} -gt 0 ] || exit 0

root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "These Debian packages are missing and only root can install them:" >&2
        echo "    apt-get install --no-install-recommends ${missing[*]}" >&2
        exit 1
    fi
    root=(sudo)
fi

echo "Installing ${#missing[@]} Debian packages: ${missing[*]}" >&2
install() {
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}" >/dev/null
}
# On a fresh machine the package lists are empty, on an old one they are stale.
install 2>/dev/null || { "${root[@]}" apt-get update -qq && install; }
