"""JSON with one tag per word and entities only, as data sets of Hugging Face have it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from jointre.data.doc import Doc
from jointre.data.report import Report
from jointre.data.strict_read import load_json
from jointre.data.tags import Scheme
from jointre.errors import DataError, Fault
from jointre.limits import InputPath
from jointre.readers.bilou_json import TAG, BilouJsonReader
from jointre.readers.conll import ColumnScheme, with_begins
from jointre.readers.fields import keys_of, renamed
from jointre.readers.foreign_keys import names_a_corpus
from jointre.readers.head import Head
from jointre.readers.records import Record
from jointre.registry import registry

KEYS = ("ner_tags", "bio_tags", "iob_tags", "entity_tags", "ner", "labels", "label", "tags")
NO_NAMES = (
    "give the names: --reader jointre.tags_json.v1:names=FILE, with a JSON list of the tags in their order"
)


@registry.readers("jointre.tags_json.v1")
class TagsJsonReader(BilouJsonReader):
    """Reads sentences with ``tokens`` (or ``words``) and ``ner_tags``, one tag per word.

    The tags may also be under ``bio_tags``, ``iob_tags``, ``entity_tags``, ``ner``, ``labels``, ``label`` or, if they
    are numbers, ``tags``. Numbers need the names of the tags. Malformed tags are decoded by the lenient rule.
    ``relations`` number the entities from left to right and have a ``type`` or ``label``, as in `BilouJsonReader`.

    Args:
        path: JSON Lines or a JSON list, either also as ``.gz``, or a folder of ``*.jsonl``.
        types: a types file, or None.
        scheme: "BIO", "BIOES", "BILOU", "BIEOU", or "IOB1", in which B only separates two entities of one type.
        names: a JSON file with the tags in the order of their numbers, or an object with the number of each tag, or
            Hugging Face's ``dataset_info.json``.
        repair: False refuses malformed tags.
    """

    layout = "JSON: tokens, ner_tags such as B-TYPE"
    gold_keys = {**dict.fromkeys(KEYS, (str, int)), "relations": dict}

    @classmethod
    def recognises(cls, head: Head) -> bool:
        """Return whether a record has words and as many tags or numbers under one of the keys, not all of them O."""
        record = head.record
        if not isinstance(record, dict) or "entities" in record or names_a_corpus(record):
            return False
        words, key = record.get(_words_key(record)), _tags_key(record)
        tags = record.get(key)
        if not isinstance(words, list) or not isinstance(tags, list) or len(words) != len(tags) or not tags:
            return False
        if all(type(tag) is int for tag in tags):
            return True
        are_tags = all(isinstance(tag, str) and TAG.fullmatch(tag) for tag in tags)
        return key != "tags" and are_tags and set(tags) != {"O"}

    def __init__(
        self,
        path: InputPath | None,
        types: InputPath | None = None,
        scheme: ColumnScheme = "BIO",
        names: InputPath | None = None,
        repair: bool = True,
    ) -> None:
        tags: Scheme = "BIO" if scheme == "IOB1" else scheme
        super().__init__(path, types, tags, repair)
        self.has_bare_begins = scheme == "IOB1"
        self.names = names
        self._names: Mapping[int, str] | None = None

    def parse(self, record: Record, report: Report) -> Doc | None:
        """Return the document of a sentence."""
        keys = keys_of(record, report)
        if keys is None:
            return None
        value = keys.value
        words, key = _words_key(value), _tags_key(value)
        tags = value.get(key)
        if isinstance(tags, list) and tags and all(type(tag) is int for tag in tags):
            tags = self._named(tags, record, report)
            if tags is None:
                return None
        if self.has_bare_begins and isinstance(tags, list) and all(isinstance(tag, str) for tag in tags):
            tags = with_begins(tags)
        rest = {name: item for name, item in value.items() if name not in (words, key)}
        given = {"tokens": value[words]} if words in value else {}
        given |= {"tags": tags} if key in value else {}
        if isinstance(relations := value.get("relations"), list):
            given["relations"] = [renamed(item, "label", "type") for item in relations]
        return super().parse(replace(record, value={**rest, **given}), report)

    def _named(self, numbers: list[int], record: Record, report: Report) -> list[str] | None:
        """Return the tags of numbers, or None and a fault."""
        if self.names is None:
            what = "the tags are numbers, and their names are not given"
            report.faults.append(Fault(what, record.where, NO_NAMES))
            return None
        if self._names is None:
            self._names = tag_names(Path(self.names))
        unknown = [number for number in numbers if number not in self._names]
        if unknown:
            what = f"tag {unknown[0]} has no name, of {len(self._names)} in {self.names}"
            report.faults.append(Fault(what, record.where, NO_NAMES))
            return None
        return [self._names[number] for number in numbers]


def tag_names(path: Path) -> dict[int, str]:
    """Return the names of tags by their numbers.

    Raises:
        DataError: the file has no names.
    """
    value = load_json(path)
    features = value.get("features") if isinstance(value, dict) else None
    if isinstance(features, dict):
        value = next((found for key in KEYS if (found := _class_names(features.get(key)))), None)
    if isinstance(value, list) and value and all(isinstance(name, str) for name in value):
        return dict(enumerate(value))
    if isinstance(value, dict) and value and all(type(number) is int for number in value.values()):
        return {number: name for name, number in value.items()}
    remedy = 'write a list of the tags in the order of their numbers, such as ["O", "B-PER", "I-PER"]'
    raise DataError(
        f"{path} has no names of tags", [Fault("neither a list nor an object of tags", str(path), remedy)]
    )


def _class_names(feature: Any) -> Any:
    """Return the names of a feature of Hugging Face, which may be a sequence of another one."""
    inner = feature.get("feature", feature) if isinstance(feature, dict) else None
    return inner.get("names") if isinstance(inner, dict) else None


def _words_key(value: Mapping[str, Any]) -> str:
    return "words" if "tokens" not in value and "words" in value else "tokens"


def _tags_key(value: Mapping[str, Any]) -> str:
    return next((key for key in KEYS if isinstance(value.get(key), list)), KEYS[0])
