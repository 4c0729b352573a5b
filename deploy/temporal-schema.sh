#!/bin/sh
# Migrates the two databases of Temporal to the schema of this server version. Runs before every start; a current schema
# does not change. The password comes from SQL_PASSWORD.
set -eu

versions="${SCHEMA_DIR:-/etc/temporal/schema}/postgresql/v12"

migrate() {
  database="$1" kind="$2"
  set -- temporal-sql-tool --plugin postgres12 --endpoint "$SQL_HOST" --port "${SQL_PORT:-5432}" \
    --user "$SQL_USER" --database "$database"
  "$@" setup-schema --version 0.0
  "$@" update-schema --schema-dir "$versions/$kind/versioned"
}

migrate temporal temporal
migrate temporal_visibility visibility
