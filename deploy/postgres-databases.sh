#!/bin/sh
# Makes the two roles and their databases. The PostgreSQL image runs it once, on an empty volume.
# Only -e: should its executable bit get lost, the image reads this file into its own shell.
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
