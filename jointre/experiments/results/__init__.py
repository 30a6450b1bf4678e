"""The results of an experiment: read, summarised, and printed as tables or drawn as plots."""
