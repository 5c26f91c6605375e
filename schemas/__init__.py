"""What we say: the contract between the rooms. Records, codec, digest, topics, reference lists, bus."""
