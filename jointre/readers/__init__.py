"""Readers: files to documents. Importing this package registers the readers of jointre."""

from jointre.readers import joined, jsonl, sample, spert_json, text

__all__ = ["joined", "jsonl", "sample", "spert_json", "text"]
