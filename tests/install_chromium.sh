#!/usr/bin/env bash
# The browser tests drive the system's Chromium: install it from Debian's packages where it is missing.
set -euo pipefail
for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null; then exit 0; fi
done
command -v apt-get >/dev/null || { echo "Chromium is missing and this system has no apt-get: please install Chromium." >&2; exit 1; }
sudo=""; [ "$(id -u)" = 0 ] || sudo="sudo"
$sudo apt-get update -qq
# `env`, as sudo drops the variables of its caller; the fonts cover what the pages fall back on.
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null
