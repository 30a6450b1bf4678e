"""Read the tokenizer of a model folder: only tokenizer.json and the names of its special tokens.

jointre saves each tokenizer as a whole, so the folder's ``tokenizer_class``, templates and other files are not needed,
and no class of transformers interprets them.
"""

import string
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jointre.data.strict_read import load_json
from jointre.errors import BuildError, DataError, Fault, RefusedError, first_line

TOKENIZER, SETTINGS = "tokenizer.json", "tokenizer_config.json"
SPECIAL = ("unk", "pad", "cls", "sep", "mask", "bos", "eos")
PROBE = string.printable
FLAGS = ("do_lower_case", "strip_accents", "tokenize_chinese_chars", "add_prefix_space")


def read_tokenizer(folder: Path) -> Any:
    """Return the fast tokenizer that `HFTokenizer.save` wrote to a folder.

    Raises:
        BuildError: a file is missing or cannot be used, with all faults.
    """
    from transformers import PreTrainedTokenizerFast

    backend, settings = _backend(folder / TOKENIZER), _settings(folder / SETTINGS)
    special = {f"{name}_token": _text(settings.get(f"{name}_token")) for name in SPECIAL}
    faults = list(_special_faults(special, backend, str(folder / SETTINGS)))
    if faults:
        raise BuildError("the saved tokenizer cannot be used", faults)
    named = {key: token for key, token in special.items() if token is not None}
    flags = {key: settings[key] for key in FLAGS if isinstance(settings.get(key), bool)}
    return PreTrainedTokenizerFast(tokenizer_object=backend, **named, **flags)


def _backend(file: Path) -> Any:
    from tokenizers import Tokenizer

    with refusing("the saved tokenizer cannot be used", str(file)):
        backend = Tokenizer.from_file(str(file))
        backend.no_truncation()
        backend.no_padding()
        if backend.normalizer is not None and len(backend.normalizer.normalize_str(PROBE)) > 100 * len(PROBE):
            raise ValueError("its normalizer makes text more than a hundred times longer")
    return backend


@contextmanager
def refusing(title: str, place: str = "") -> Iterator[None]:
    """Turn errors of the tokenizers library over a broken tokenizer into a `BuildError`.

    A panic in its Rust code is not an Exception.
    """
    try:
        yield
    except RefusedError:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise BuildError(title, [Fault(f"it is broken: {first_line(error)}", place)]) from error


def _settings(file: Path) -> Mapping[str, Any]:
    try:
        settings = load_json(file)
    except DataError as error:
        raise BuildError("the saved tokenizer cannot be used", error.faults) from error
    if not isinstance(settings, dict):
        fault = Fault("is not a JSON object", str(file))
        raise BuildError("the saved tokenizer cannot be used", [fault])
    return settings


def _text(token: Any) -> Any:
    """Return the text of a special token, which some versions of transformers save together with its options."""
    return token.get("content", token) if isinstance(token, dict) else token


def _special_faults(special: Mapping[str, Any], backend: Any, place: str) -> Iterator[Fault]:
    for key, token in special.items():
        if token is not None and (not isinstance(token, str) or backend.token_to_id(token) is None):
            yield Fault(f"{key} is {str(token)[:40]!r}, which is not in the vocabulary", place)
