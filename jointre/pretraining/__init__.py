"""Pre-training of encoders on documents with entities: shards, batches, the loop and the run."""
