"""The command of the benchmarks runs and writes its results. Tests do not check the figures."""

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.results import Result, table, write

ROOT = Path(__file__).parents[2]


def test_replay_runs_and_its_figures_are_kept(tmp_path: Path) -> None:
    kept = tmp_path / "results.json"
    command = [sys.executable, "-m", "benchmarks", "replay", "--replays", "2", "--keep", str(kept)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr  # 1: slower than the target, as a busy machine may be
    (result,) = json.loads(kept.read_text())["results"]
    assert result["name"] == "replay"
    assert result["figures"]["median_ms"] > 0
    assert "replay of a 45-day history" in done.stdout


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    command = [sys.executable, "-m", "benchmarks", "speed"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "lifecycle" in done.stderr


def test_results_are_a_table_and_a_file(tmp_path: Path) -> None:
    missed = Result(name="x", what="a thing", target="< 1 s", measured="2 s", met=False, figures={"s": 2})
    write([missed], tmp_path / "deep" / "results.json")
    (kept,) = json.loads((tmp_path / "deep" / "results.json").read_text())["results"]
    assert kept == {
        "name": "x",
        "what": "a thing",
        "target": "< 1 s",
        "measured": "2 s",
        "met": False,
        "figures": {"s": 2},
    }
    assert table([missed]).row_count == 1
