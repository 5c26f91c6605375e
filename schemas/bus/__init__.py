"""Where the contract touches the world: registry, topics, logs, metrics and health."""
