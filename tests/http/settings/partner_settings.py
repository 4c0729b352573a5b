"""Settings of partners for tests."""

ISSUER = {
    "party": {"name": "Cephas Sdn Bhd"},
    "taxes": [{"code": "SST", "rate": "0.08", "valid_from": "2024-03-01"}],
}


def body(series: str, **fields: object) -> dict[str, object]:
    return {"name": "TIME dotCom", "series": series, "order_types": ["activation", "assurance"], **fields}


def rate(**fields: object) -> dict[str, object]:
    usual = {"order_type": "activation", "category": "FTTH", "amount": "150", "valid_from": "2026-01-01"}
    return usual | fields
