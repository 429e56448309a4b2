#!/bin/sh
# Les fichiers de ce dossier, à leur place sur le serveur (docs/exploiter.md) :
#   sh deploy/fichiers.sh poser                 les pose, ou les met à jour sans défaire ce que vous y avez changé
#   sh deploy/fichiers.sh garder AVANT.tgz      garde ceux qui sont en place, et la version qui sert
#   sh deploy/fichiers.sh reprendre AVANT.tgz   remet ce qui a été gardé
# Un fichier que vous avez changé reçoit seulement ce qui a changé depuis celui d’avant. Là où vous avez changé la même
# chose, ou si celui d’avant n’est pas connu, le vôtre reste et le nouveau est posé à côté (« .nouveau »).
set -eu
ici=$(dirname "$0")
racine=${RACINE:-}
livres=$racine/usr/local/share/maillage # les fichiers tels qu’ils ont été livrés la dernière fois

# Fichier, droits, place.
places() {
  cat << 'FIN'
maillage_admin 755 usr/local/sbin/maillage_admin
maillage.env 600 etc/maillage.env
maillage.service 644 etc/systemd/system/maillage.service
maillage-nuit.service 644 etc/systemd/system/maillage-nuit.service
maillage-nuit.timer 644 etc/systemd/system/maillage-nuit.timer
nginx.conf 644 etc/nginx/sites-available/maillage
FIN
}

pose() { # pose FICHIER DROITS PLACE
  nouveau=$ici/$1 livre=$livres/$1 place=$racine/$3
  if [ ! -d "$(dirname "$place")" ]; then
    echo "$1 : $(dirname "$place") n’existe pas ici, rien n’y est posé"
    return
  elif [ -e "$place" ] && ! cmp -s "$place" "$nouveau"; then
    unit "$@"
  elif [ ! -e "$place" ] && [ -e "$livre" ]; then
    echo "$place : vous l’avez retiré, il n’est pas remis"
  elif [ ! -e "$place" ]; then
    install -m "$2" "$nouveau" "$place"
    echo "$place : posé"
  fi
  install -m 644 "$nouveau" "$livre"
}

unit() { # ce qui a changé depuis le fichier livré, dans celui qui est en place
  if [ -e "$livre" ] && diff3 -m -E "$place" "$livre" "$nouveau" > "$livre.uni" 2> /dev/null; then
    if ! cmp -s "$place" "$livre.uni"; then
      cp -p "$place" "$place.uni"
      cat "$livre.uni" > "$place.uni"
      mv "$place.uni" "$place"
      echo "$place : mis à jour"
    fi
  else
    install -m "$2" "$nouveau" "$place.nouveau"
    echo "$place : gardé tel quel, à reprendre à la main : diff $place $place.nouveau"
  fi
  rm -f "$livre.uni"
}

case ${1:-} in
  poser)
    install -d "$livres"
    places | while read -r fichier droits place; do pose "$fichier" "$droits" "$place"; done
    ;;
  garder)
    umask 077
    # Ce qui n’est pas là n’est pas gardé, et « reprendre » l’ôtera.
    { echo opt/maillage; echo usr/local/share/maillage; places | cut -d' ' -f3; } |
      while read -r place; do [ ! -e "$racine/$place" ] || echo "$place"; done |
      tar -C "$racine/" -czf "$2.neuf" -T -
    mv "$2.neuf" "$2"
    ;;
  reprendre)
    tar -tzf "$2" > /dev/null # entier, avant de toucher à quoi que ce soit
    rm -rf "$livres"
    places | while read -r _ _ place; do rm -f "$racine/$place" "$racine/$place.nouveau"; done
    tar -C "$racine/" -xzpf "$2"
    ;;
  *)
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
esac
