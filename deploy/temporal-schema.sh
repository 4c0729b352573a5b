#!/bin/sh
# Brings Temporal's two databases to the schema of this server version. Runs before every start: an up-to-date schema
# stays as it is. The password comes from SQL_PASSWORD.
set -eu

versions="${SCHEMA_DIR:-/etc/temporal/schema}/postgresql/v12"

bring_up_to_date() {
  database="$1" kind="$2"
  set -- temporal-sql-tool --plugin postgres12 --endpoint "$SQL_HOST" --port "${SQL_PORT:-5432}" \
    --user "$SQL_USER" --database "$database"
  "$@" setup-schema --version 0.0
  "$@" update-schema --schema-dir "$versions/$kind/versioned"
}

bring_up_to_date temporal temporal
bring_up_to_date temporal_visibility visibility
