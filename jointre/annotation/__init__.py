"""`jointre annotate`: from raw text to shards of documents with entities, the corpus of `jointre pretrain`."""
