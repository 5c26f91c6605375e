"""What every connector is tried with; `CHECKS` in `connectors.conformance.suite` names them."""
