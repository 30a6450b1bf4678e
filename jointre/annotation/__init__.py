"""Raw text to entity-annotated shards: `jointre annotate`, the corpus of `jointre pretrain`."""
