#!/bin/sh
# Makes the folders for the secrets, and where there is none yet a password for Grafana's administrator and the key
# with which Grafana seals what it keeps.
# Changes no secret that is there. As root, since each file has to belong to the user that reads it:
#
#   sudo sh deploy/secrets.sh [FOLDER]
set -eu
folder=${1:-secrets}
umask 077
mkdir -p "$folder/alerts" "$folder/alertmanager" "$folder/exporter" "$folder/grafana" "$folder/prometheus"
# To be passed through, not to be listed: what is in them is closed by its own mode.
chmod 711 "$folder" "$folder"/*/

if [ ! -e "$folder/grafana/admin-password" ]; then
  head -c 24 /dev/urandom | base64 >"$folder/grafana/admin-password"
  echo "$folder/grafana/admin-password: made; the user is admin"
fi

if [ ! -e "$folder/grafana/secret-key" ]; then
  head -c 32 /dev/urandom | base64 >"$folder/grafana/secret-key"
  echo "$folder/grafana/secret-key: made"
fi

# User by user: in our image, in Alertmanager's and Prometheus', in Grafana's.
own() {
  user=$1
  shift
  for file in "$@"; do
    [ -f "$file" ] || continue
    chown "$user:0" "$file"
    chmod 400 "$file"
  done
}
own 10805 "$folder"/alerts/* "$folder"/exporter/*
own 65534 "$folder"/alertmanager/* "$folder"/prometheus/*
own 472 "$folder"/grafana/*

[ -e "$folder/alerts/contacts.yaml" ] ||
  echo "$folder/alerts/contacts.yaml: to be made from config/contacts.example.yaml (a trial needs none)"
[ -e "$folder/alertmanager/smtp-password" ] ||
  echo "$folder/alertmanager/smtp-password: to be made, where the mail server asks for one; then run this again"
