"""Read and check everything that a comparison needs; report all faults before anything is computed."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jointre.corpora import read, unseen
from jointre.data.doc import Doc
from jointre.data.report import CorpusError, suggest
from jointre.data.resplit import same_words
from jointre.errors import Fault, FaultList
from jointre.metrics.base import Metric
from jointre.readers.open import open_data
from jointre.significance.gold import Sources, common_metrics, golds_by_fold, run_config
from jointre.significance.prediction_sets import (
    PredictionSet,
    RunKey,
    check_paired,
    choose_corpus,
    find_set,
    matched,
)


def choose_metrics(
    metrics: Mapping[str, Metric], names: Sequence[str], gold: Sequence[Doc]
) -> tuple[dict[str, list[str]], list[Fault]]:
    """Return the names of the requested scores by metric, and a fault for each unknown name.

    Args:
        metrics: by name.
        names: of scores (``strict_macro_f``) or of metrics (``strict``), which stand for their micro F1, or for all
            their scores if they have none. Empty for every metric.
        gold: documents that show which scores there are.
    """
    known = {name: _scores_of(metric, gold) for name, metric in metrics.items()}
    owner = {score: name for name, scores in known.items() for score in scores}
    chosen: dict[str, list[str]] = {}
    faults = []
    for name in dict.fromkeys(names or metrics):
        if name in known:
            main = [score for score in known[name] if score.endswith("_micro_f")] or known[name]
            chosen.setdefault(name, []).extend(main)
        elif name in owner:
            chosen.setdefault(owner[name], []).append(name)
        else:
            faults.append(Fault(f"unknown metric: {name!r}", "--metric", suggest(name, [*known, *owner])))
    return {name: list(dict.fromkeys(scores)) for name, scores in chosen.items()}, faults


def _scores_of(metric: Metric, gold: Sequence[Doc]) -> list[str]:
    metric.reset(metric.given)
    for doc in gold:
        metric.update(doc, doc)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(metric.compute())


Files = Sequence[tuple[RunKey, str, str]]


@dataclass(frozen=True)
class Request:
    """What the user asked to compare, with names as given on the command line."""

    a: str
    b: str
    gold: str | None = None
    types: str | None = None
    corpus: str | None = None
    config: str | None = None
    metrics: Sequence[str] = ()
    reader: str | None = None
    without: str | None = None


@dataclass(frozen=True)
class Inputs:
    """Gold documents and the predictions of both systems in the same order, one list per seed; folds follow each other.

    Attributes:
        gold_name: name of the corpus, for people.
        seeds, folds: of the runs; None for a run without one.
        metrics, scores: metrics, and names of scores, by name of the metric.
        left_out: number of documents that are not compared, because another corpus contains them.
    """

    gold_name: str
    gold: list[Doc]
    a: list[list[Doc]]
    b: list[list[Doc]]
    seeds: list[int | None]
    folds: list[int | None]
    metrics: Mapping[str, Metric]
    scores: Mapping[str, Sequence[str]]
    left_out: int = 0


def load_inputs(request: Request) -> Inputs:
    """Find, read and check everything that is compared.

    Raises:
        CorpusError: with everything that is wrong.
    """
    faults = FaultList()
    sets = [found for name in (request.a, request.b) if (found := faults.attempt(find_set, name))]
    corpus, wrong = choose_corpus(sets, request.corpus)
    faults += [*wrong, *_missing(request, sets)]
    configs = {
        (one.name, key): config
        for one in sets
        for key, folder in one.runs.items()
        if (config := faults.attempt(run_config, folder)) is not None
    }
    files = _pair(sets, corpus, faults) if len(sets) == 2 and not wrong else []
    golds = golds_by_fold(
        Sources(request.gold, request.types, corpus, configs, request.reader), len(files) == 1, faults
    )
    metrics = faults.attempt(common_metrics, request.config, list(configs.values())) or {}
    scores, unknown = choose_metrics(metrics, request.metrics, [d for docs in golds.values() for d in docs])
    faults += unknown if metrics else []
    predicted = _read(files, golds, faults)
    other = faults.attempt(open_data, request.without, None, request.reader) if request.without else None
    if faults:
        raise CorpusError("these predictions cannot be compared", list(dict.fromkeys(faults)))
    seeds, folds = _sorted({key.seed for key in predicted}), _sorted({key.fold for key in predicted})
    a, b = (
        [[doc for fold in folds for doc in predicted[RunKey(seed, fold)][i]] for seed in seeds]
        for i in (0, 1)
    )
    gold = [doc for fold in folds for doc in golds[fold]]
    left_out = 0
    if other is not None:
        rows = unseen(gold, other, request.without or "", None)
        left_out = len(gold) - len(rows)
        gold, *runs = ([run[row] for row in rows] for run in (gold, *a, *b))
        a, b = runs[: len(a)], runs[len(a) :]
    gold, a, b = _same_words(gold, a, b)
    name = request.gold or f"{corpus} of {sets[0].name if sets[0].runs else sets[1].name}"
    return Inputs(name, gold, a, b, seeds, folds, metrics, scores, left_out)


def _missing(request: Request, sets: Sequence[PredictionSet]) -> list[Fault]:
    """Return faults for what the request does not say."""
    faults = []
    if request.gold is None and sets and not any(one.runs for one in sets):
        remedy = "add the annotated corpus that they were made for: --gold DATA"
        faults.append(Fault("files of predictions have no gold annotation", "--gold", remedy))
    reader = None if request.without else request.reader
    for option, value in (("--types", request.types), ("--reader", reader)):
        if request.gold is None and value is not None:
            what = f"{option} is for reading --gold, which is missing"
            faults.append(Fault(what, option, "give both or neither"))
    return faults


def _pair(sets: Sequence[PredictionSet], corpus: str | None, faults: FaultList) -> Files:
    """Return the key and the two files of each pair of runs; the key of a single pair has no fold."""
    faults += (wrong := check_paired(*sets))
    a, b = (one.files(corpus) for one in sets)
    if len(a) == len(b) == 1:
        seeds = {key.seed for key in (*a, *b)}
        (one,), (other,) = a.values(), b.values()
        return [(RunKey(seeds.pop() if len(seeds) == 1 else None), one, other)]
    return [] if wrong else [(key, a[key], b[key]) for key in a]


def _read(
    files: Files, golds: Mapping[int | None, list[Doc]], faults: FaultList
) -> dict[RunKey, list[list[Doc]]]:
    """Return the predictions of A and B in the order of gold, by run; without gold, only check that their words are
    equal.
    """
    result = {}
    for key, *names in files:
        every = [(faults.attempt(_read_file, name), name) for name in names]
        predicted = [(docs, name) for docs, name in every if docs is not None]
        gold = golds.get(key.fold)
        other = "gold"
        if not gold:  # A and B must at least have the same words
            (gold, other), *predicted = predicted or [([], other)]
        parts = [matched(gold, docs, name, other) for docs, name in predicted]
        faults += [fault for _, wrong in parts for fault in wrong]
        result[key] = [docs for docs, _ in parts]
    return result


def _read_file(name: str) -> list[Doc]:
    return read(open_data(name), None)


def _same_words(
    gold: list[Doc], a: list[list[Doc]], b: list[list[Doc]]
) -> tuple[list[Doc], list[list[Doc]], list[list[Doc]]]:
    """Return gold and predictions with the same words for each document, so that characters are compared."""
    columns = [same_words(column) for column in zip(gold, *a, *b, strict=True)]
    first, *others = ([column[row] for column in columns] for row in range(1 + len(a) + len(b)))
    return first, others[: len(a)], others[len(a) :]


def _sorted(numbers: set[int | None]) -> list[int | None]:
    return sorted(numbers, key=lambda number: -1 if number is None else number)
