#!/usr/bin/env bash
# What judges the pages beside axe: IBM's accessibility engine and the validator of HTML (vnu), from
# the npm registry by version and digest; npm and Java from Debian's packages where they are missing.
set -euo pipefail
cd "$(dirname "$0")/.."
into=.cache/checkers

needed=""
command -v npm >/dev/null || needed="npm"
command -v java >/dev/null || needed="$needed default-jre-headless"
if [ -n "$needed" ]; then
  command -v apt-get >/dev/null || { echo "Missing, and this system has no apt-get: $needed." >&2; exit 1; }
  sudo=""; [ "$(id -u)" = 0 ] || sudo="sudo"
  $sudo apt-get update -qq
  # shellcheck disable=SC2086
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $needed >/dev/null
fi

bring() { # name, version, sha256
  if [ -d "$into/$1-$2" ]; then return; fi
  local here; here=$(mktemp -d)
  if ! npm pack --silent --pack-destination "$here" "$1@$2" >/dev/null; then
    echo "$1 cannot be had from the npm registry here: the tests that need it are skipped." >&2
    return
  fi
  echo "$3  $here/$1-$2.tgz" | sha256sum --check --quiet
  tar -xzf "$here/$1-$2.tgz" -C "$here"
  mkdir -p "$into"
  mv "$here/package" "$into/$1-$2"
  rm -r "$here"
}

bring accessibility-checker-engine 4.0.10 8ef580612fd1c5b4dbcc150ce90857de37c834fbe9a931ce019fdae52095e2ae
bring vnu-jar 26.9.27 5970d3ffca91a627cf0965e5d91bb2e4242307c29292998de0b419d6a901b2b7
