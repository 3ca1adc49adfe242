#!/usr/bin/env bash
# Makes dist/onset-VERSION-OS-ARCH.tar.gz: both programs, the guide, and what a
# Linux desktop needs to list the program in its menu.
set -euo pipefail
cd "$(dirname "$0")/.."
go=${GO:-go}
version=$(sed -n 's/^const Version = "\(.*\)"/\1/p' app/version.go)
name="onset-$version-$("$go" env GOOS)-$("$go" env GOARCH)"
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
dir=$stage/$name
mkdir -p "$dir/share/applications" "$dir/share/icons" dist

flags=(-trimpath -ldflags "-s -w")
"$go" build "${flags[@]}" -tags "${TAGS:-gles,x11,migrated_fynedo}" -o "$dir/onset" .
"$go" build "${flags[@]}" -o "$dir/onsetctl" ./cmd/onsetctl
cp -r README.md CHANGELOG.md docs "$dir/"
cp assets/icon.png "$dir/share/icons/onset.png"
cat >"$dir/share/applications/onset.desktop" <<'TXT'
[Desktop Entry]
Type=Application
Name=Onset
GenericName=Exercise recording workbench
Comment=Label, train on and replay exercise recordings
Exec=onset %F
Icon=onset
Categories=Science;
TXT
tar -C "$stage" -czf "dist/$name.tar.gz" "$name"
echo "dist/$name.tar.gz"
