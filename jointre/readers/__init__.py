"""Readers: files to documents. Importing this package registers the readers of jointre."""

from jointre.readers import jsonl, sample, spert_json, text

__all__ = ["jsonl", "sample", "spert_json", "text"]
