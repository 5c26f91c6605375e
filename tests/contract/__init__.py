"""What others rely on: wire, schemas, headers."""
