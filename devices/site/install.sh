#!/bin/sh
# Installs this bundle on a machine with systemd: run as root in the bundle's
# folder. Running it again brings in what is new and keeps the store.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ "$(id -u)" -eq 0 ] || { echo "install.sh: root is needed (sudo ./install.sh)" >&2; exit 1; }
id onset >/dev/null 2>&1 || useradd --system --home-dir /var/lib/onset-sync --shell /usr/sbin/nologin onset
mkdir -p /opt/onset-sync
cp -R "$here/." /opt/onset-sync/
chmod 0755 /opt/onset-sync/bin/onsetctl /opt/onset-sync/start.sh
cp /opt/onset-sync/onset-sync.service /etc/systemd/system/onset-sync.service
systemctl daemon-reload
systemctl enable --now onset-sync.service
echo "The sync server runs. Its log: journalctl -u onset-sync"
