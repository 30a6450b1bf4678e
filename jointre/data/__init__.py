"""Documents, labels, and the tensors that travel between components."""
