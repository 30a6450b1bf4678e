"""Show documents and scores to people: in the terminal and as an HTML page."""
