#!/usr/bin/env bash
# The package as who installs it has it: an empty environment, in an empty folder, without the checkout.
# DEPENDENCIES=here takes the libraries of .venv/ instead of installing them: a few seconds.
set -euo pipefail
wheel=$(readlink -f "$(dirname "$0")/../dist"/maillage-*.whl)
versions=$(dirname "$wheel")/versions.txt
libraries=$(readlink -f "$(dirname "$0")/../.venv"/lib/python3.*/site-packages)
place=$(mktemp -d); server=""
trap '[ -z "$server" ] || kill "$server"; wait; rm -rf "$place"' EXIT
cd "$place"
export XDG_DATA_HOME=$place/data XDG_CACHE_HOME=$place/cache PORT=${PORT:-18173}
unset PYTHONPATH
python3 -m venv env
begun=$(date +%s)
if [ "${DEPENDENCIES:-}" = here ]; then
  env/bin/python -m pip install -q --disable-pip-version-check --no-deps "$wheel"
  echo "$libraries" > "$(echo env/lib/python3.*/site-packages)/libraries.pth"
else
  env/bin/python -m pip install -q --disable-pip-version-check -c "$versions" "$wheel"
fi
echo "installed in $(($(date +%s) - begun)) s, $(du -sm env | cut -f1) MB"
PATH=$place/env/bin:$PATH
python - <<'EOF'
import matcher, sys
assert matcher.__file__.startswith(sys.prefix), matcher.__file__
EOF
maillage --version
maillage match Figeac --need "ouvrir une recyclerie" --top 3 | grep -q Figeac
maillage demo > demo.txt
maillage check "$(python -c 'from matcher import Matcher; print(Matcher.embedded())')" > /dev/null
maillage admin base maj
maillage admin sauvegarde essai.sauvegarde > /dev/null
maillage admin reglages | grep -q MAILLAGE_HOSTS
if ! python -c "import scipy" 2> /dev/null; then
  printf 'commune,besoin\n34142,ouvrir une recyclerie\n' > besoins.csv
  maillage plan besoins.csv --out plan.csv > /dev/null 2> said.txt && exit 1
  grep -q "maillage\[cohortes\]" said.txt
  MAILLAGE_DATABASE_URL=postgresql://a@b/c maillage admin base etat 2> said.txt && exit 1
  grep -q "maillage\[postgresql\]" said.txt
fi
maillage serve > served.txt & server=$!
for _ in $(seq 90); do grep -q "prêt" served.txt && break; sleep 1; done
python - <<'EOF'
import os, urllib.parse, urllib.request
site = f"http://127.0.0.1:{os.environ['PORT']}"
asked = urllib.parse.urlencode({"commune": "34142", "besoin": "ouvrir une recyclerie"})
assert urllib.request.urlopen(f"{site}/sante").status == 200
assert "recyclerie" in urllib.request.urlopen(f"{site}/suggestions?{asked}").read().decode()
EOF
echo "the package answers outside of the checkout"
