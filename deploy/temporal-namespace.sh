#!/bin/sh
# Creates the namespace and the search attributes that operators filter by. Runs before every start and adds only what is
# missing. Address and namespace come from TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE.
#
# After the retention a closed invoice can no longer be queried, repeated commands are not recognised, and a second
# workflow of the same invoice could start.
set -eu

retry() { # the server may listen before it serves, and needs some seconds for a new namespace
  attempt=1
  until "$@"; do
    [ "$attempt" -lt 30 ] || { echo "gave up after $attempt attempts: $*" >&2; exit 1; }
    attempt=$((attempt + 1))
    sleep 2
  done
}

retry temporal operator cluster health

if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
else
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION" \
    --description "Invoices as workflows"
fi

retry temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" \
  --name InvoiceStatus --type Keyword \
  --name InvoiceKind --type Keyword \
  --name InvoiceCustomer --type Keyword \
  --name InvoicePeriod --type Keyword \
  --name InvoiceNumber --type Keyword \
  --name InvoiceBlocked --type Keyword \
  --name InvoiceDue --type Datetime \
  --name InvoiceDeadline --type Datetime \
  --name BillStatus --type Keyword --name BillProvider --type Keyword \
  --name QuoteStatus --type Keyword

# The server reads the names from a cache, so wait until a worker can use them.
retry temporal workflow count --namespace "$TEMPORAL_NAMESPACE" --query 'InvoiceStatus = "draft" AND InvoiceDeadline IS NULL'
