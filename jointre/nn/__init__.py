"""Tensor building blocks without registry names."""
