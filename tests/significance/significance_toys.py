"""Small systems to compare, and what they must come to, the slow way."""

from collections import Counter
from itertools import product

import numpy as np
from hypothesis import strategies as st

from jointre.data.doc import Doc, Entity, Relation
from jointre.evaluate import metric_values
from jointre.metrics import BoundaryMetric, EntityMetric, StrictMetric
from jointre.metrics.base import Metric

LENGTH = 4
METRICS = [EntityMetric, BoundaryMetric, StrictMetric]


@st.composite
def annotated(draw):
    """A document of four words with any entities and relations."""
    bounds = st.tuples(st.integers(0, LENGTH - 2), st.integers(1, 2), st.sampled_from("XYZ"))
    spans = draw(st.lists(bounds, max_size=3))
    entities = [Entity(start, start + width, label) for start, width, label in spans]
    row = st.integers(0, max(len(entities) - 1, 0))
    relations = st.lists(st.builds(Relation, row, row, st.sampled_from("RS")), max_size=3)
    return Doc([str(i) for i in range(LENGTH)], entities, draw(relations) if entities else [])


@st.composite
def systems(draw, most=4, most_runs=2):
    """Gold documents and the predictions of two systems, a list a run."""
    size, runs = draw(st.integers(1, most)), draw(st.integers(1, most_runs))
    corpus = st.lists(annotated(), min_size=size, max_size=size)
    return draw(corpus), *([draw(corpus) for _ in range(runs)] for _ in "AB")


def scores(metric, gold, run):
    """All figures of one run by `Metric.compute`."""
    metric.reset()
    for pair in zip(gold, run, strict=True):
        metric.update(*pair)
    return metric_values([metric])


def means(metric, gold, runs, names):
    """The figures of a system, means over its runs."""
    every = [scores(metric, gold, run) for run in runs]
    return [float(np.mean([found[name] for found in every])) for name in names]


def drawn(documents, row):
    """The documents that a row of numbers names, those named twice twice."""
    return [documents[number] for number in row]


def every_resample(size):
    """[M, N] all N^N resamples as weights, those that hold the same documents once, and [M] how many they are."""
    counted = Counter(tuple(sorted(row)) for row in product(range(size), repeat=size))
    return list(counted), np.array(list(counted.values()))


def weights_of(rows, size):
    return np.array([[row.count(number) for number in range(size)] for row in rows], np.float32)


def swap(a, b, chosen):
    """Both systems after they changed places on the ``chosen`` documents."""
    pairs = list(zip(a, b, strict=True))
    new_a = [[y[n] if n in chosen else x[n] for n in range(len(x))] for x, y in pairs]
    new_b = [[x[n] if n in chosen else y[n] for n in range(len(x))] for x, y in pairs]
    return new_a, new_b


def one_entity(right):
    """Gold and a system: a document each with one entity, found where ``right`` says so."""
    entity = [Entity(0, 1, "X")]
    gold = [Doc(["word"], entity) for _ in right]
    return gold, [[Doc(["word"], entity if found else []) for found in right]]


class WholeDocuments(Metric):
    """The share of documents with exactly the entities of gold: a metric that is no precision and recall."""

    protocol = "all entities of a document right, and none wrong"

    def __init__(self):
        self.reset()

    def update(self, gold, predicted):
        self.right.append(set(gold.entities) == set(predicted.entities))

    def compute(self):
        return {"whole": sum(self.right) / len(self.right) if self.right else 0.0}

    def reset(self, given=False):
        super().reset(given)
        self.right = []
