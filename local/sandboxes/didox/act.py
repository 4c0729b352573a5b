"""Acts (document type 005) of the Didox sandbox: validation of the request, and the formats of the answers."""

import hashlib
import re
from datetime import date
from decimal import Decimal
from typing import Any

from local.sandboxes.state import Record

TIN = re.compile(r"\d{9}|\d{14}")  # INN of a company or PINFL of a person
IKPU = re.compile(r"\d{17}")
NUMBER = re.compile(r"\d+(\.\d+)?")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
MOMENT = "%Y-%m-%d %H:%M:%S"
DRAFT, SENT, SIGNED, REJECTED, CANCELLED, DRAFT_DELETED = 0, 1, 3, 4, 5, 55

ValidationErrors = dict[str, list[str]]


def lower_keys(value: Any) -> Any:
    """Return the value with all keys in lower case. Didox also accepts an older PascalCase form."""
    if isinstance(value, dict):
        return {str(key).lower(): lower_keys(item) for key, item in value.items()}
    if isinstance(value, list):
        return [lower_keys(item) for item in value]
    return value


def validation_errors(act: dict[str, Any]) -> ValidationErrors:
    found: ValidationErrors = {}
    head = {**_section(act, "actdoc"), **_section(act, "contractdoc"), **act}
    for field in ("actno", "contractno", "sellername", "buyername"):
        _check(found, field, isinstance(head.get(field), str) and head[field] != "")
    for field in ("actdate", "contractdate"):
        _check(found, field, _is_day(head.get(field)))
    products = _section(act, "productlist")
    for field, value in (
        ("sellertin", act.get("sellertin")),
        ("buyertin", act.get("buyertin")),
        ("productlist.tin", products.get("tin")),
    ):
        _check(found, field, isinstance(value, str) and TIN.fullmatch(value) is not None)
    lines = products.get("products")
    if not isinstance(lines, list) or not lines:
        return found | {"productlist.products": ["Поле productlist.products обязательно для заполнения."]}
    for position, line in enumerate(lines):
        _check_line(found, f"productlist.products.{position}", line if isinstance(line, dict) else {})
    return found


def _check_line(found: ValidationErrors, path: str, line: dict[str, Any]) -> None:
    _check(found, f"{path}.ordno", isinstance(line.get("ordno"), int))
    _check(found, f"{path}.name", isinstance(line.get("name"), str) and line["name"] != "")
    for field in ("count", "summa", "totalsum"):  # Didox expects numbers as strings
        _check(found, f"{path}.{field}", isinstance(line.get(field), str) and NUMBER.fullmatch(line[field]) is not None)
    code = line.get("catalogcode")
    if code is None:
        _check(found, f"{path}.measureid", line.get("measureid") is not None)
        return
    _check(found, f"{path}.catalogcode", isinstance(code, str) and IKPU.fullmatch(code) is not None)
    for field in ("packagecode", "packagename"):
        _check(found, f"{path}.{field}", bool(line.get(field)))


def _check(found: ValidationErrors, field: str, good: bool) -> None:
    if not good:
        found[field] = [f"Поле {field} заполнено неверно или отсутствует."]


def _section(act: dict[str, Any], name: str) -> dict[str, Any]:
    value = act.get(name)
    return value if isinstance(value, dict) else {}


def _is_day(value: object) -> bool:
    if not isinstance(value, str) or DAY.fullmatch(value) is None:
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def document(n: int, act: dict[str, Any], moment: str) -> Record:
    lines = act["productlist"]["products"]
    return {
        "_id": _hex_id("document", n, 32),
        "status": DRAFT,
        "status_comment": None,
        "doctype": "005",
        "json": {**act, "actid": _hex_id("act", n, 24)},
        "total_sum": str(sum((Decimal(line["totalsum"]) for line in lines), Decimal(0))),
        "signature": None,
        "created": moment,
        "updated": moment,
    }


def codes_of(record: Record) -> list[str]:
    """Return the codes of the catalogue (IKPU) in the lines of a document."""
    lines = record["json"].get("productlist", {}).get("products", [])
    return [line["catalogcode"] for line in lines if line.get("catalogcode")]


def sample_act(number: str, seller_tin: str) -> dict[str, Any]:
    """Return the content of an act of one line."""
    line = {"ordno": 1, "name": "Support", "measureid": 1, "count": "1", "summa": "5.00", "totalsum": "5.00"}
    return {
        "actdoc": {"actno": number, "actdate": "2026-03-01", "acttext": "Support"},
        "contractdoc": {"contractno": "D-12", "contractdate": "2026-01-15"},
        "sellertin": seller_tin,
        "sellername": "ProximaOps",
        "buyertin": "123456789",
        "buyername": "Acme Corp",
        "productlist": {"tin": seller_tin, "products": [line]},
    }


def _hex_id(kind: str, n: int, length: int) -> str:
    return hashlib.sha256(f"{kind}:{n}".encode()).hexdigest()[:length]


def list_row(record: Record) -> Record:
    """Return a row of the list. Its id is in upper case; create and detail have it in lower case."""
    act = record["json"]
    return {
        "pid": record["_id"].upper(),
        "doc_id": record["_id"].upper(),
        "usersTaxId": act["sellertin"],
        "name": act["actdoc"]["actno"],
        "doc_date": act["actdoc"]["actdate"],
        "doc_status": record["status"],
        "doctype": record["doctype"],
        "contract_number": act["contractdoc"]["contractno"],
        "contract_date": act["contractdoc"]["contractdate"],
        "owner": 1,
        "partnerTin": act["buyertin"],
        "partnerCompany": act["buyername"],
        "total_sum": record["total_sum"],
        "signed": 1 if record["signature"] else 0,
        "updated": record["updated"],
        "created": record["created"],
        "status_comment": record["status_comment"],
    }


def detail(record: Record) -> Record:
    return {
        "data": {
            "json": record["json"],
            "document": {
                "doc_id": record["_id"],
                "_id": record["_id"],
                "id": record["_id"],
                "name": record["json"]["actdoc"]["actno"],
                "created": record["created"],
                "updated": record["updated"],
                "doctype": record["doctype"],
                "signature": record["signature"],
                "status": record["status"],
                "doc_status": record["status"],
                "owner": 1,
                "status_comment": record["status_comment"],
            },
            "toSign": None,
            "isValid": True,
            "relatedDocuments": [],
        }
    }
