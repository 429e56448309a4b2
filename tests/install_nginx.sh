#!/usr/bin/env bash
# The reverse proxy of docs/exploiter.md is tried by a test: install Debian's nginx where it is missing.
set -euo pipefail
if command -v nginx >/dev/null || [ -x /usr/sbin/nginx ]; then exit 0; fi
command -v apt-get >/dev/null || { echo "nginx is missing and this system has no apt-get: please install it." >&2; exit 1; }
sudo=""; [ "$(id -u)" = 0 ] || sudo="sudo"
$sudo apt-get update -qq
# Not started by its package: the test makes its own.
$sudo env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends nginx-light >/dev/null
