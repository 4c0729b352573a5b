"""A wide bill of many lines: FOCUS 1.2 with its 57 columns, as CSV and as Parquet."""

from pathlib import Path

import duckdb

MEMORY = "512MiB"

# Each column as an expression of the line's number i. A third of the costs are 0, as in exports of vendors.
_TEXTS = {
    "ProviderName": "'Example Cloud'",
    "PublisherName": "'Example Cloud'",
    "InvoiceIssuerName": "'Example Cloud, Inc.'",
    "InvoiceId": "'INV-2026-05-000' || (i % 2)",
    "BillingAccountId": "'100000000001'",
    "BillingAccountName": "'Example Corporation'",
    "BillingAccountType": "'Payer Account'",
    "SubAccountId": "(200000000000 + i % 40)::VARCHAR",
    "SubAccountName": "'team-' || (i % 40)",
    "SubAccountType": "'Linked Account'",
    "ChargeCategory": "CASE WHEN i % 500 = 7 THEN 'Tax' WHEN i % 500 = 8 THEN 'Credit' ELSE 'Usage' END",
    "ChargeClass": "CASE WHEN i % 1000 = 1 THEN 'Correction' END",
    "ChargeDescription": "'$0.0' || (i % 97) || ' per hour of a machine, Linux, size ' || (i % 30)",
    "ChargeFrequency": "'Usage-Based'",
    "PricingCategory": "'Standard'",
    "PricingUnit": "'Hours'",
    "PricingCurrency": "'USD'",
    "BillingCurrency": "'USD'",
    "ConsumedUnit": "'Hours'",
    "ServiceName": "'Service ' || (i % 60)",
    "ServiceCategory": "'Compute'",
    "ServiceSubcategory": "'Virtual Machines'",
    "SkuId": "'SKU-' || (i % 900)",
    "SkuMeter": "'Machine hours'",
    "SkuPriceId": "'SKU-PRICE-' || (i % 1800)",
    "SkuPriceDetails": """'{"InstanceType":"m6i.large","CoreCount":2,"x_Tenancy":"Shared"}'""",
    "ResourceId": "'arn:example:compute:eu-west-1:100000000001:instance/i-' || lpad((i % 20000)::VARCHAR, 12, '0')",
    "ResourceName": "'machine-' || (i % 20000)",
    "ResourceType": "'Machine'",
    "RegionId": "'eu-west-' || (i % 3)",
    "RegionName": "'Europe (West ' || (i % 3) || ')'",
    "AvailabilityZone": "'eu-west-' || (i % 3) || 'b'",
    "CommitmentDiscountId": "NULL",
    "CommitmentDiscountName": "NULL",
    "CommitmentDiscountCategory": "NULL",
    "CommitmentDiscountType": "NULL",
    "CommitmentDiscountStatus": "NULL",
    "CommitmentDiscountUnit": "NULL",
    "CapacityReservationId": "NULL",
    "CapacityReservationStatus": "NULL",
    "Tags": """'{"Environment":"prod","CostCenter":"cc-' || (i % 50) || '","Owner":"team-' || (i % 40) || '"}'""",
}
_COST = "CASE WHEN i % 3 = 0 THEN '0' ELSE (i * 7919 % 1000)::VARCHAR || '.' || lpad((i * 15485863 % {size})::VARCHAR, {places}, '0') END"  # noqa: E501
_NUMBERS = {
    "BilledCost": _COST.format(size=10**14, places=14),
    "EffectiveCost": _COST.format(size=10**12, places=12),
    "ListCost": _COST.format(size=10**10, places=10),
    "ContractedCost": _COST.format(size=10**12, places=12),
    "ListUnitPrice": "'0.0977690589'",
    "ContractedUnitPrice": "'0.0879921530'",
    "PricingQuantity": "(i % 24)::VARCHAR || '.5000'",
    "PricingCurrencyContractedUnitPrice": "'0.0879921530'",
    "PricingCurrencyEffectiveCost": _COST.format(size=10**12, places=12),
    "PricingCurrencyListUnitPrice": "'0.0977690589'",
    "ConsumedQuantity": "(i % 24)::VARCHAR || '.5000'",
    "CommitmentDiscountQuantity": "NULL::VARCHAR",
}
_HOUR = "TIMESTAMP '2026-05-01' + INTERVAL (i % 743 {offset}) HOUR"
_TIMES = {
    "BillingPeriodStart": "TIMESTAMP '2026-05-01'",
    "BillingPeriodEnd": "TIMESTAMP '2026-06-01'",
    "ChargePeriodStart": _HOUR.format(offset=""),
    "ChargePeriodEnd": _HOUR.format(offset="+ 1"),
}


def write(folder: Path, lines: int) -> tuple[Path, Path]:
    """Write the bill twice and return the CSV and the Parquet file, whose costs are doubles and whose tags a map."""
    folder.mkdir(parents=True, exist_ok=True)
    csv, parquet = folder / f"focus-{lines}.csv", folder / f"focus-{lines}.parquet"
    times = {name: f"strftime({moment}, '%Y-%m-%dT%H:%M:%SZ')" for name, moment in _TIMES.items()}
    doubles = {name: f"({number})::DOUBLE" for name, number in _NUMBERS.items()}
    tags = {"Tags": f"({_TEXTS['Tags']})::JSON::MAP(VARCHAR, VARCHAR)"}
    with duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{MEMORY}'")
        _copy(connection, {**_TEXTS, **_NUMBERS, **times}, lines, f"'{csv}' (HEADER)")
        _copy(connection, {**_TEXTS, **doubles, **_TIMES, **tags}, lines, f"'{parquet}' (FORMAT parquet)")
    return csv, parquet


def _copy(connection: duckdb.DuckDBPyConnection, columns: dict[str, str], lines: int, target: str) -> None:
    selected = ", ".join(f"{expression} AS {name}" for name, expression in columns.items())
    connection.execute(f"COPY (SELECT {selected} FROM range({lines}) AS numbers(i)) TO {target}")  # noqa: S608
