#!/usr/bin/env bash
# docs/exploiter.md, line by line, on a bare Debian 12 with systemd: a former version installed and proxied, the
# night's backup restored, today's version in its place, then the former one back, twice (tests/operated.py).
#   sudo bash tests/operated.sh [COMMIT [VERSION]]     the former version: the last one before the schema 0008
# Asks for debootstrap, podman and runc (apt-get install), and for the network: ten minutes for each kind of base.
set -euo pipefail
root=$(readlink -f "$(dirname "$0")/..")
former=${1:-fe5c98e} version=${2:-0.1.9}
place=$(mktemp -d); image=localhost/maillage-bare:12 name=maillage-bare
trap 'podman rm -f "$name" > /dev/null 2>&1 || true; rm -rf "$place"' EXIT
packed() { # packed FOLDER: dist/ as `make wheel` makes it
  (cd "$1" && SOURCE_DATE_EPOCH=0 "$root/.venv/bin/python" -m pip wheel -q --disable-pip-version-check . --no-deps --no-build-isolation -w dist
   sed -n 's/^\([a-z].*==.*\) \\$/\1/p' requirements.lock > dist/versions.txt
   cd dist && sha256sum maillage-*.whl versions.txt > SHA256SUMS)
}
mkdir "$place/former" "$place/today"
git -C "$root" archive "$former" | tar -x -C "$place/former"
sed -i "s/^version = .*/version = $version/" "$place/former/setup.cfg"
git -C "$root" archive HEAD | tar -x -C "$place/today"
packed "$place/former"; packed "$place/today"
# That version had no files of a server: today's, but for two lines, stand for what it would have had.
rm -rf "$place/former/deploy"; cp -r "$place/today/deploy" "$place/former/"
sed -i 's/keepalive_timeout 30s/keepalive_timeout 20s/' "$place/former/deploy/nginx.conf"
sed -i 's/LimitNOFILE=8192/LimitNOFILE=4096/' "$place/former/deploy/maillage.service"
if ! podman image exists "$image"; then
  debootstrap --variant=minbase --include=ca-certificates,systemd,systemd-sysv,dbus,curl,openssl,procps,python3 bookworm "$place/debian" http://deb.debian.org/debian > /dev/null
  tar -C "$place/debian" -c . | podman import - "$image" > /dev/null
fi
# The certificates of this machine, so that pip is answered where a proxy stands before the network.
for kind in ${KINDS:-postgresql sqlite}; do
  podman --runtime runc run -d --name "$name" --privileged --systemd=always --network host --uts private \
    --ulimit nofile=16384:16384 --ulimit nproc=4096:8192 -v "$place:/root/drill" \
    -v /etc/ssl/certs/ca-certificates.crt:/root/ca.crt:ro -e PIP_CERT=/root/ca.crt -e DEBIAN_FRONTEND=noninteractive \
    "$image" /sbin/init > /dev/null
  for _ in $(seq 30); do podman --runtime runc exec "$name" systemctl is-system-running 2> /dev/null | grep -q running && break; sleep 1; done
  cp "$root/tests/operated.py" "$place/"
  podman --runtime runc exec "$name" python3 /root/drill/operated.py /root/drill/former /root/drill/today "$kind"
  podman rm -f "$name" > /dev/null
done
