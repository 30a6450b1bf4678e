"""Everything that a run needs, built from its config: settings, corpora, device, model, updater."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from jointre import bf16
from jointre.config import Config, resolve
from jointre.config.schema import EvaluationSettings, SystemSettings, TrainingSettings
from jointre.corpora import Corpora, Facts, Keep, counting_keep, in_memory, load_corpora
from jointre.counting import Counting, each, silent
from jointre.data.chunks import chunks
from jointre.data.doc import Doc
from jointre.data.encoded_corpus import CHUNK, EncodedCorpus
from jointre.data.encoding import Encoding
from jointre.data.report import Report
from jointre.data.segments import count_cut
from jointre.encoders.base import Source
from jointre.errors import BuildError, DataError, Fault, UsageError
from jointre.inspection.report import in_short
from jointre.losses.base import Loss, Targets
from jointre.models.base import Model
from jointre.optimizers.parts import rate_notices
from jointre.predict import Predictor, Tokenized
from jointre.preflight import refuse
from jointre.preflight.names import unknown_terms
from jointre.segmenters import Segmenter
from jointre.system import prepare
from jointre.tokenizers.base import Tokenizer
from jointre.training.corpus_store import CorpusStore
from jointre.training.early_stopping import EarlyStopping
from jointre.training.initialize import initialize
from jointre.training.loader import TrainingData
from jointre.training.processes import ALONE, Processes
from jointre.training.threshold import untunable
from jointre.training.updater import Updater

WIDER = '[segmenter] decides what is read at once: "jointre.documents.v1" reads whole documents'


class Setup:
    """A run before its first update.

    Everything that can be refused is refused before work begins: by the constructor if the config and the corpora
    show it, by `build` if that takes the tokenizer and the model. ``notices`` are for the user.

    Args:
        config: filled.
        resumed: whether all weights will come from a checkpoint, so that ``[initialize]`` is ignored.
        processes: this process, and their number.
        counting: counts the documents that each step has read.

    Raises:
        RefusedError: the config, the data or the device is refused.
    """

    def __init__(
        self,
        config: Config,
        resumed: bool = False,
        processes: Processes = ALONE,
        counting: Counting = silent,
    ) -> None:
        self.config = config
        self.processes = processes
        self.counting = counting
        self.resumed = resumed
        refuse(config, "train", skip=["initialize", "corpora.test"] if resumed else [])
        self.system: SystemSettings = resolve(config, "system")
        self.settings: TrainingSettings = resolve(config, "training")
        self.evaluation: EvaluationSettings = resolve(config, "evaluation")
        self.store = CorpusStore(config)
        keep = counting_keep(self.store.keep, counting)
        self.corpora: Corpora = load_corpora(config, keep)
        self.segmenter: Segmenter = resolve(config, "segmenter")
        longest = self.settings.max_words
        self.train, cut_off = segments_to_train(self.corpora.train, self.segmenter, longest, keep)
        self.early_stopping = EarlyStopping(
            self.settings, self.evaluation.metrics.values(), bool(self.corpora.dev)
        )
        self.notices = [*self.corpora.notices, *cut_off]
        self.device = prepare(self.system)
        self.notices += bf16.notices(self.device, self.system.precision)

    def build(self) -> None:
        """Make the tokenizer, the model, the predictor and the updater."""
        self.tokenizer: Tokenizer = resolve(self.config, "tokenizer")
        model: Model = resolve(self.config, "model")
        self.notices += model.admit(self.train)
        self.tokenizer.build(Source())
        model.build(Source(tokenizer=self.tokenizer), self.corpora.labels.with_triples(self.corpora.train))
        self.notices += [line for part in model.modules() for line in getattr(part, "notices", ())]
        self.initialized = None if self.resumed else initialize(model, resolve(self.config, "initialize"))
        self.notices += self.initialized.notices() if self.initialized else []
        refuse_losses(model.targets, self.settings.losses)
        if not model.terms:  # then the preflight could not tell
            refuse_unknown_terms(self.config, model)
        refuse_tuning(model, self.settings, self.evaluation, bool(self.corpora.dev))
        self.model = model.to(self.device)
        if self.system.compile:
            model.encoder.compile_network()
        self.notices += in_short(
            self.corpora.train, self.corpora.dev, self.corpora.labels, model, self.segmenter
        )
        pieces, given = self.evaluation.batch_pieces, self.evaluation.entities == "gold"
        self.predictor = Predictor(
            self.model, self.tokenizer, pieces, self.system.precision, given, segmenter=self.segmenter
        )
        data = self._data()
        self.dev = self._tokenized_dev()
        self.notices += self.store.notices()
        self.updater = Updater(self.model, data, self.settings, self.system.precision)
        self.notices += rate_notices(self.model, self.updater.optimizer)

    def _data(self) -> TrainingData:
        train = self._encodings("train", self.train, self.train)
        self._refuse_or_report("train", len(self.train), len(train), train.windowed)
        settings = self.settings
        return TrainingData(
            train,
            self.corpora.labels,
            self.tokenizer.pad_id,
            settings.batch_size,
            settings.drop_last,
            self.system.seed,
            settings.workers,
            settings.group_by_length,
            self.processes,
        )

    def _tokenized_dev(self) -> Tokenized:
        """Return the documents of dev that this process predicts, tokenised for all evaluations of the run.

        The encodings are those of all processes, one after the other, so that each reports the same numbers.
        """
        docs, here = self.corpora.dev, self.processes
        shares = [range(number, len(docs), here.count) for number in range(here.count)]
        sizes = [sum(1 for _ in self.predictor.segments(docs[row] for row in share)) for share in shares]
        segments = self.predictor.segments(docs[row] for row in chain(*shares))
        encodings = self._encodings("dev", docs, segments, self.predictor.given, here.count)
        self._refuse_or_report("dev", sum(sizes), len(encodings), encodings.windowed)
        own = docs if here.count == 1 else docs[here.number :: here.count]
        return Tokenized(own, encodings, sum(sizes[: here.number]))

    def _encodings(
        self, corpus: str, docs: Sequence[Doc], segments: Iterable[Doc], *options: object
    ) -> EncodedCorpus:
        """Return the encodings of the segments of a corpus, which depend on the encoder's limit and on ``options``."""
        limit = self.model.encoder.max_length
        with self.counting(f"tokenising {corpus}") as advance:
            pieces = each(encoded(self.tokenizer, segments, limit), advance)
            return self.store.encodings(corpus, docs, pieces, self.tokenizer, [limit, *options])

    def _refuse_or_report(self, name: str, docs: int, encodings: int, windowed: int) -> None:
        """Report before the first update how many segments of a corpus do not fit; refuse it if none does."""
        if encodings < docs:
            skipped = f"corpora.{name}: {docs - encodings} of {docs} documents"
            self.notices.append(f"{skipped} too long for the encoder: skipped")
        if windowed:
            longer = f"corpora.{name}: {windowed} of {docs} documents"
            self.notices.append(f"{longer} longer than the encoder accepts: read in windows")
        if docs and not encodings:
            raise DataError(f"no document of the {name} corpus is left", [Fault(self.notices[-1])])


def encoded(tokenizer: Tokenizer, docs: Iterable[Doc], limit: int | None) -> Iterator[Encoding]:
    """Yield the encodings of a corpus as `Tokenizer.encode` returns them, tokenising a few thousand documents at once.

    Raises:
        DataError: documents are too long, if the tokenizer refuses these; with the faults of all.
    """
    refused: DataError | None = None
    faults, first = list[Fault](), 0
    for chunk in chunks(docs, CHUNK):
        try:
            encodings = tokenizer.encode(chunk, limit)
        except DataError as error:
            refused = refused or error
            faults += error.faults
        else:
            if refused is None:
                yield from (replace(encoding, key=first + encoding.key) for encoding in encodings)
        first += len(chunk)
    if refused is not None:
        raise DataError(refused.title, faults) from refused


def segments_to_train(
    docs: Sequence[Doc], segmenter: Segmenter, max_words: int | None = None, keep: Keep = in_memory
) -> tuple[Sequence[Doc], list[str]]:
    """Return the segments of the training documents that have at most ``max_words`` words, and notices.

    Notices are about annotation that is in no segment, and about segments that are left out. ``keep`` decides where the
    segments are kept.

    Raises:
        DataError: no segment is short enough.
    """
    report, total, short = Report(), 0, 0

    def segments() -> Iterator[Doc]:
        nonlocal total, short
        for doc in docs:
            parts = segmenter.segments(doc)
            count_cut(doc, parts, "segments", report)
            kept = [part for part in parts if max_words is None or len(part.words) <= max_words]
            total, short = total + len(parts), short + len(kept)
            yield from kept

    def facts() -> Facts:
        notices = [f"train: {notice}; {WIDER}" for notice in report.notices]
        if short < total:
            longer = f"{total - short} of {total} sentences have more than {max_words} words"
            notices.append(f"train: {longer}, left out (training.max_words)")
        return {"notices": notices}

    found, said = keep("train", "segments", segments(), facts)
    notices = list(said["notices"])
    if docs and not found:
        raise DataError("no training sentence is left", [Fault(notices[-1])])
    return found, notices


def refuse_tuning(
    model: Model, settings: TrainingSettings, evaluation: EvaluationSettings, has_dev: bool
) -> None:
    """Refuse to tune the threshold without a dev corpus, by an unknown metric, or of a model that has none.

    Raises:
        UsageError: with all faults.
    """
    if settings.tune_threshold is None:
        return
    place = "training.tune_threshold"
    faults = untunable(model, evaluation.metrics.values(), settings.tune_threshold, place)
    if not has_dev:
        faults.append(Fault("there is no dev corpus to choose a threshold on", place, "--paths.dev FILE"))
    if faults:
        raise UsageError("cannot tune the threshold", faults)


def refuse_unknown_terms(config: Config, model: Model) -> None:
    """Refuse losses and loss weights whose names are not terms of a built model.

    Raises:
        BuildError: with all faults.
    """
    if faults := list(unknown_terms(config, list(model.targets))):
        raise BuildError("the losses do not fit the model", faults)


def refuse_losses(targets: Mapping[str, Targets], losses: Mapping[str, Loss]) -> None:
    """Refuse a model with a term that has no loss, or whose loss takes other targets than the term has.

    Raises:
        BuildError: with all faults.
    """
    faults = []
    for name, kind in targets.items():
        place, loss = f"[training.losses.{name}]", losses.get(name)
        if loss is None:
            faults.append(Fault(f"no loss for the term {name!r}", place))
        elif loss.takes != kind:
            what = f"{type(loss).__name__} takes {loss.takes}, but the model's term {name!r} has {kind}"
            remedy = "cross_entropy" if kind == "classes" else "binary_cross_entropy"
            faults.append(Fault(what, place, f'@losses = "jointre.{remedy}.v1"'))
    if faults:
        raise BuildError("the losses do not fit the model", faults)
