"""What is in the corpora of a config: counts, sizes, and what is odd, as numbers and places; nothing is printed."""
