"""The peer: Splink in an environment of its own, on DuckDB, as its documentation teaches. Imports nothing of ours.

Blocking by lead and month, by the first two words of a title and by the whole of one; the chance of two random records
from the number of records, u by random sampling, m by expectation maximisation; pairs from a chance of one half.
"""

from __future__ import annotations

import json
import logging
import resource
import sys
import time
from importlib import import_module
from typing import Any

BLOCKS = (
    ("lead", "substr(start, 1, 7)"),
    ("split_part(lower(nl), ' ', 1)", "split_part(lower(nl), ' ', 2)"),
    ("en",),
    ("lead", "partner"),
)


def main(path: str) -> None:
    """Prints pairs, CPU seconds and the largest size in MB."""
    logging.disable(logging.CRITICAL)
    splink, library = import_module("splink"), import_module("splink.comparison_library")
    api, duckdb = import_module("splink.backends.duckdb").DuckDBAPI, import_module("duckdb")
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE told AS SELECT id AS unique_id, lower(nl) AS nl, lower(en) AS en, lead, partner, town, start,"
        f" \"end\" AS until FROM read_json('{path}', format = 'newline_delimited', columns = {columns()})"
    )
    begun = time.process_time()
    table = api(connection=connection).register("told")
    linker = splink.Linker(table, settings(splink, library))
    rules = [splink.block_on(*block) for block in BLOCKS]
    linker.training.estimate_probability_two_random_records_match([splink.block_on("en")], recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    for rule in (rules[0], rules[2]):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict(threshold_match_probability=0.5).as_record_list()
    pairs = [[one["unique_id_l"], one["unique_id_r"]] for one in found]
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"pairs": pairs, "cpu_s": time.process_time() - begun, "mb": size}))


def columns() -> str:
    """All fields are text."""
    names = ("id", "nl", "en", "lead", "partner", "town", "start", "end")
    return "{" + ", ".join(f"'{name}': 'VARCHAR'" for name in names) + "}"


def settings(splink: Any, library: Any) -> Any:
    """Titles by Jaro-Winkler, the rest exactly."""
    return splink.SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            library.JaroWinklerAtThresholds("nl", [0.95, 0.88]),
            library.JaroWinklerAtThresholds("en", [0.95, 0.88]),
            *(library.ExactMatch(name) for name in ("lead", "partner", "town", "start", "until")),
        ],
        blocking_rules_to_generate_predictions=[splink.block_on(*block) for block in BLOCKS],
    )


if __name__ == "__main__":
    main(sys.argv[1])
