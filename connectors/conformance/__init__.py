"""The suite that every connector must pass, for those who write one: faults, ends, drift, and what must hold."""

from connectors.conformance.bench import Bench, Clock, Subject
from connectors.conformance.suite import CHECKS, Found, run, run_all, suite

__all__ = ["CHECKS", "Bench", "Clock", "Found", "Subject", "run", "run_all", "suite"]
