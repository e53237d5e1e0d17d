#!/bin/sh
# The tables belong to one role, the application signs in as another: row-level security needs it.
set -eu
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" -v password="$GRANTFLOW_DB_PASSWORD" <<'SQL'
CREATE ROLE grantflow_owner LOGIN PASSWORD :'password';
CREATE ROLE grantflow_app LOGIN PASSWORD :'password';
CREATE DATABASE grantflow OWNER grantflow_owner;
SQL
