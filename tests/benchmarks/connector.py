"""Memory of a connector: its largest size with 2,000 rows and with 50,000, by the test that guards it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence

from tests.benchmarks.support import conditions

TEST = "tests/broker/test_connector_size.py"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the test, which prints its figures, and print them."""
    del arguments
    run = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", TEST]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    found = re.search(r"\{\"2000\".*\}", done.stdout)
    if done.returncode or found is None:
        raise SystemExit(f"connector: the test failed\n{done.stdout[-3000:]}")
    print(f"connector: largest size in MB by rows: {found[0]} · {conditions()}", flush=True)


if __name__ == "__main__":
    main()
