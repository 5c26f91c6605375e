"""A whole Zeven on one machine, for trial and development: Kafka, registry and all processes on loopback."""
