"""The engine under every stage: batches from Kafka to faust agents, set-up as reconciliation, fencing."""
