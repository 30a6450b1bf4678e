"""Jobs: much input, cut into shards; what is finished is never lost and never done again."""
