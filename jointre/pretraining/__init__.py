"""Pre-training of encoders on documents with entities: shards, batches, objectives, the loop and the run."""
