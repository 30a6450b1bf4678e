"""Installed plugins: what they add, whether that works, and the start of a new one."""
