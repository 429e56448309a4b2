#!/usr/bin/env bash
# The browser tests drive the system's Chromium, and packs are read as text by pdftotext: install them
# from Debian's packages where they are missing.
set -euo pipefail
needed=""
command -v pdftotext >/dev/null || needed="poppler-utils"
chromium=""
for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null; then chromium="$name"; fi
done
# The fonts cover what the pages fall back on.
[ -n "$chromium" ] || needed="$needed chromium fonts-dejavu-core"
[ -n "$needed" ] || exit 0
command -v apt-get >/dev/null || { echo "Missing, and this system has no apt-get: $needed." >&2; exit 1; }
sudo=""; [ "$(id -u)" = 0 ] || sudo="sudo"
$sudo apt-get update -qq
# `env`, as sudo drops the variables of its caller.
# shellcheck disable=SC2086
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $needed >/dev/null
