#!/usr/bin/env bash
# The browser tests drive the system's Chromium: install it from Debian's packages where it is missing.
set -euo pipefail
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null && exit 0
command -v apt-get >/dev/null || { echo "Chromium is missing and this system has no apt-get: please install Chromium." >&2; exit 1; }
sudo=""; [ "$(id -u)" = 0 ] || sudo="sudo"
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null
