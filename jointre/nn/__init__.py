"""Building blocks for tensors, without registered names."""
