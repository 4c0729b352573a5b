#!/bin/sh
# Creates the two roles and their databases. The PostgreSQL image runs it once, on an empty volume.
# Only -e is set: without the executable bit, the image sources this file in its own shell.
set -e

psql --username postgres --no-psqlrc --set ON_ERROR_STOP=1 \
  --set aktum_password="${AKTUM_DB_PASSWORD:?}" --set temporal_password="${TEMPORAL_DB_PASSWORD:?}" <<'SQL'
CREATE ROLE aktum LOGIN PASSWORD :'aktum_password';
CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE DATABASE aktum OWNER aktum;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE CONNECT, TEMPORARY ON DATABASE aktum, temporal, temporal_visibility FROM PUBLIC;
SQL
