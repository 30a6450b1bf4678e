"""Readers: files to documents. Importing this package registers the readers of jointre."""

from jointre.readers import (
    bilou_json,
    column,
    fold,
    i2b2,
    joined,
    jsonl,
    multihead,
    sample,
    spert_json,
    text,
)

__all__ = [
    "bilou_json",
    "column",
    "fold",
    "i2b2",
    "joined",
    "jsonl",
    "multihead",
    "sample",
    "spert_json",
    "text",
]
