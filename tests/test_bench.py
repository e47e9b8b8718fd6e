"""The benchmark runs and loses no message."""

import json
import subprocess
import sys

from tests import services


def test_a_short_run_loses_nothing():
    services.require("Redis")
    command = [sys.executable, "-m", "bench", "--quick"]
    result = subprocess.run(command, cwd=services.BASE_DIR, capture_output=True, text=True, timeout=180, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    rows = json.loads((services.BASE_DIR / "bench/results/quick.json").read_text())["rows"]
    measured = [row["app"] for row in rows if "fan-out" in row["name"] or "paced" in row["name"]]
    assert measured and all(row["rate"] > 0 and row["lost"] == 0 for row in measured)
