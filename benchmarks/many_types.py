"""Compare predictions with few and many relation types that find the same numbers of entities and relations.

``python -m benchmarks.many_types`` prints one row: CPU time of both, encoder included.
"""

import copy
from dataclasses import replace
from typing import Annotated, Any

import torch
import typer

from benchmarks.heads import count, fit_heads, set_counts
from benchmarks.options import Effort, Options
from benchmarks.subject import Subject, make_subject
from benchmarks.timing import measure
from jointre.data.relation_classes import RelationClasses


def with_types(subject: Subject, n: int) -> Subject:
    """Return the subject with ``n`` relation types; those beyond its own are its own again, with noise."""
    model: Any = copy.deepcopy(subject.model)
    labels, head = subject.corpus.labels, model.relation_head
    known, old = len(labels.relations), head.classifier
    names = (*labels.relations, *(f"type {number}" for number in range(known, n)))[:n]
    model.labels = replace(labels, relations=names)
    model.classes = RelationClasses(model.labels, model.pair_sampler.order)
    head.classifier = torch.nn.Linear(old.in_features, n)
    with torch.no_grad():
        head.classifier.weight.copy_(old.weight.repeat(n // known + 1, 1)[:n])
        head.classifier.weight[known:] += torch.randn(max(n - known, 0), old.in_features) * old.weight.std()
        head.classifier.bias.copy_(old.bias.repeat(n // known + 1)[:n])
    return replace(subject, model=model, corpus=replace(subject.corpus, labels=model.labels))


def main(
    types: Annotated[str, typer.Option(help="The two numbers of relation types.")] = "5,500",
    words: Annotated[int, typer.Option(help="Words of a document; 0 for 64 sentences.")] = 0,
    entities: Annotated[int, typer.Option(help="Entities of a document, with half as many relations.")] = 50,
    copies: Annotated[int, typer.Option(help="Number of documents.")] = 2,
    rounds: int = 5,
    encoder: str = "minilm",
) -> None:
    """Predict with both in turn."""
    subject = make_subject(Options(encoder, threads=1))
    sentences = subject.corpus.spread(64)
    fit_heads(subject, sentences)
    docs = [subject.corpus.joined(words)] * copies if words else sentences
    gold = count(sentences)
    wanted = (entities * copies, entities // 2 * copies) if words else (gold.entities, gold.relations)
    pieces = 8 * words * copies or 1024
    predictors = []
    for number in map(int, types.split(",")):
        other = with_types(subject, number)
        set_counts(other, docs, *wanted, pieces)
        predictors.append(other.predictor(pieces))
        found = count(list(predictors[-1](docs)))
        print(f"{number} types: {found.entities} entities, {found.pairs} pairs, {found.relations} relations")
    works = [lambda predictor=predictor: list(predictor(docs)) for predictor in predictors]
    [row] = measure([works], Effort(rounds), subject.device)
    times = ", ".join(f"{1e3 * row.seconds('cpu', place).median:.0f} ms" for place in range(len(works)))
    print(
        f"{times}: speed {row.ratio('cpu', 0, len(works) - 1):.2f} (range {row.range:.0%}, tries {row.tries})"
    )


if __name__ == "__main__":
    typer.run(main)
