"""What the demo leaves behind can be read by its owner alone."""

from pathlib import Path
from typing import Any

from local.demo.report import write

INVOICE: dict[str, Any] = {
    **dict.fromkeys(("workflow_id", "kind", "status", "milestone", "overdue", "currency"), ""),
    "id": "i1",
    "display_number": "ACT-1",
    "application_key": "APP-001",
    "total_amount": "1.00",
    "customer": {"company_name": "ACME"},
    "period_start": "",
    "period_end": "",
    "archived": None,
    "effects": [],
}


def test_files_of_the_demo_are_private(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    folder.mkdir(mode=0o755)
    (folder / "summary.json").touch(mode=0o644)
    write([INVOICE], {"i1": b"%PDF"}, folder)
    assert sorted(path.name for path in folder.iterdir()) == ["ACT-1.pdf", "summary.json"]
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in (folder, *folder.iterdir())} == {
        "demo": "0o700",
        "ACT-1.pdf": "0o600",
        "summary.json": "0o600",
    }
