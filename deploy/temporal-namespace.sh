#!/bin/sh
# Makes the namespace and the search attributes that operators filter by. Runs before every start and changes only what
# is missing. Address and namespace come from TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE.
#
# Retention must outlast the longest wait for an answer about a closed invoice: queries, repeated commands and the guard
# against a second workflow of the same invoice end with it.
set -eu

patiently() { # the server may listen before it serves, and learns of a new namespace after some seconds
  attempt=1
  until "$@"; do
    [ "$attempt" -lt 30 ] || { echo "gave up after $attempt attempts: $*" >&2; exit 1; }
    attempt=$((attempt + 1))
    sleep 2
  done
}

patiently temporal operator cluster health

if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
else
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION" \
    --description "Invoices as workflows"
fi

patiently temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" \
  --name InvoiceStatus --type Keyword \
  --name InvoiceKind --type Keyword \
  --name InvoiceCustomer --type Keyword \
  --name InvoicePeriod --type Keyword \
  --name InvoiceNumber --type Keyword \
  --name InvoiceBlocked --type Keyword \
  --name InvoiceDue --type Datetime

# The names are stored now but the server serves them from a cache: done means that a worker may use them.
patiently temporal workflow count --namespace "$TEMPORAL_NAMESPACE" --query 'InvoiceStatus = "draft" AND InvoiceDue IS NULL'
