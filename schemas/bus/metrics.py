"""The figures every process shows; labels only hub, kind, stage and outcome.

Look a labelled child up once per batch or at set-up, never per record.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

RECORDS = Counter(
    "zeven_records", "Records passed, by what became of them.", ("hub", "kind", "stage", "outcome")
)
REJECTED = Counter("zeven_rejected", "Records that could not be used.", ("hub", "kind", "stage"))
REPAIRED = Counter("zeven_repaired", "Records that a slow audit had to write again or take away.", ("stage",))
BATCH_SECONDS = Histogram(
    "zeven_batch_seconds",
    "Time from reading a batch to its acknowledgement.",
    ("stage",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
LAG_SECONDS = Gauge("zeven_lag_seconds", "Age of the oldest record that waits to be done.", ("stage",))
SET_UP_SECONDS = Gauge("zeven_set_up_seconds", "Time the last set-up of tasks took.", ("stage",))
LAST_LOOK = Gauge(
    "zeven_last_look_timestamp_seconds", "When the last complete look ended, epoch seconds.", ("hub", "kind")
)
READY = Gauge("zeven_ready", "1 when the process is ready, else 0.")
