"""Every number that a config can set: absurd ones are refused in its check, or allowed here for a reason."""

import math
from dataclasses import is_dataclass

import pytest
from contract_examples import Examples

from jointre.annotations import arms, fits, limited, literals
from jointre.config.faults import Faults
from jointre.config.schema import SECTIONS, Slot, keys_of
from jointre.config.signature import signature_of
from jointre.registry import registry

LARGE_ALLOWED = {
    "max_width": "no span is wider than its sentence",
    "negatives": "all pairs or spans that there are",
    "max_spans": "all spans that there are",
    "examples": "all errors that there are",
    "propose": "all spans that there are",
    "max_pairs": "all pairs at once",
    "bounds": "a bucket that stays empty",
    "overlap": "the tokenizer knows how long a window is, and refuses what is longer",
    "freeze": "the encoder knows how many layers it has, and refuses more",
    "fold": "the plan knows how many folds it has, and refuses others",
    "max_words": "all sentences",
    "stop_after": "at the end of the schedule",
    "steps": "a warm-up, or a pre-training, that goes on as long as the run may take",
    "hold": "always the gold entities",
    "epochs": "as long as the run may take",
    "k": "a share that hardly falls",
    "start": "a factor",
    "end": "a factor",
    "before": "a factor",
    "after": "a factor",
    "value": "a factor",
    "lr": "a training that diverges is stopped at its first loss that is not a number",
    "weight_decay": "as lr",
    "rates": "as lr",
    "eps": "steps of no size",
    "margin": "a hinge that is always active",
    "shift": "as far as the sentence goes",
    "pairs": "all pairs that there are",
    "entities": "all entities that there are",
    "instances": "all orders that there are",
    "per_pair": "all words that there are",
    "most": "all entities that there are",
    "seed": "a seed",
    "batch_size": "the whole corpus",
    "accumulate": "the whole corpus",
    "clip": "no clipping",
    "eval_every": "at the end only",
    "patience": "never",
    "checkpoint_every": "never",
    "save_every": "never",
    "batch_pieces": "the whole corpus",
    "pieces": "all pairs at once",
    "min_entities": "the shards are refused, if no document has so many",
    "max_pieces": "all documents",
    "table": "all mentions",
    "buffer": "all documents",
    "eval_documents": "all documents",
}
ABSURD = [-1e9, 1e9, math.nan, math.inf]


def numeric(annotation):
    """The number types in an annotation, those inside of lists and dictionaries included."""
    for kind in (limited(arm)[0] for arm in arms(annotation)):
        yield from [kind] if kind in (int, float) else []
        yield from (found for arg in getattr(kind, "__args__", ()) for found in numeric(arg))


def wrapped(value, annotation):
    """A value as an argument of the annotation would hold it: alone, in a list, in a dictionary."""
    shapes = (value, [value], {"name": value})
    return next(
        shape for shape in shapes if math.isnan(value) or math.isinf(value) or fits(shape, annotation, False)
    )


ARGUMENTS = [
    (part.name, name, argument, parameter.annotation)
    for part in registry.all()
    for name in part.names()
    for argument, parameter in signature_of(part.get(name)).parameters.items()
    if list(numeric(parameter.annotation))
] + [
    ("settings", section, item, field.type)
    for section, kind in SECTIONS.items()
    if is_dataclass(kind)
    for item, field in keys_of(kind).items()
    if not isinstance(field, Slot) and list(numeric(field.type))
]


@pytest.mark.parametrize(("part", "name", "argument", "annotation"), ARGUMENTS)
@pytest.mark.parametrize("absurd", ABSURD)
def test_absurd_numbers_are_refused(part, name, argument, annotation, absurd, tmp_path):
    whole = math.isfinite(absurd) and int in numeric(annotation)
    value = wrapped(int(absurd) if whole else absurd, annotation)
    faults = Faults({}, {})
    if absurd == 1e9 and argument in LARGE_ALLOWED:
        assert faults.value(value, annotation, (name, argument)), "refused: it needs no reason above"
    elif faults.value(value, annotation, (name, argument)):
        given = Examples(tmp_path, {}).of(part, name)[0]
        with pytest.raises(Exception, match=argument):
            registry.find(part).get(name)(**{**given, argument: value})
    else:
        [fault] = faults.found
        assert fault.where == f"[{name}] {argument}"


CHOICES = [
    (part.name, name, argument)
    for part in registry.all()
    for name in part.names()
    for argument, parameter in signature_of(part.get(name)).parameters.items()
    if literals(parameter.annotation)
]


@pytest.mark.parametrize(("part", "name", "argument"), CHOICES)
def test_python_callers_cannot_give_what_is_not_a_choice(part, name, argument):
    with pytest.raises(ValueError, match=f"{argument} is 'banana'; it is one of "):
        registry.find(part).get(name)(**{argument: "banana"})


def test_every_reason_is_of_an_argument():
    assert LARGE_ALLOWED.keys() <= {argument for _, _, argument, _ in ARGUMENTS}
