"""Tokenizers: word pieces of documents."""

from jointre.tokenizers.base import Tokenizer
from jointre.tokenizers.hf import HFTokenizer

__all__ = ["HFTokenizer", "Tokenizer"]
