"""Scoring a model on an annotated corpus: what `jointre evaluate` and `jointre tune` share."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from jointre.cli.console import note, out, result

if TYPE_CHECKING:
    from jointre.data.doc import Doc
    from jointre.exporting import Losses
    from jointre.pipeline import Pipeline
    from jointre.readers.base import Reader

T = TypeVar("T")


def use_decoder(pipeline: "Pipeline", name: str | None) -> None:
    """Let a model predict with the decoder that is registered under ``name``; None for its own.

    Raises:
        RefusedError: the decoder does not exist, needs arguments, or does not fit the model.
    """
    from jointre.errors import UsageError
    from jointre.registry import registry

    if name is None:
        return
    if not registry.decoders.has(name):
        raise UsageError("unknown decoder", [registry.decoders.unknown(name).at("--decoder")])
    pipeline.model.use_decoder(registry.decoders.get(name)())


class Scoring:
    """A loaded model with the metrics of its config and, after `read`, the corpus (``docs``), the number of documents
    that were ``left_out`` of it, and a ``predictor``.

    Args:
        model: model folder or run folder.
        data: the corpus.
        entities: whether the entities are "gold" or "predicted"; None for the setting of the config.
        device: the device to score on.
        decoder: the name of a decoder to use instead of the model's; None for the model's.
        without: a corpus whose documents are left out; None for none.
    """

    def __init__(
        self,
        model: Path,
        data: str,
        entities: str | None,
        device: str,
        decoder: str | None = None,
        without: str | None = None,
    ) -> None:
        from jointre.config import resolve
        from jointre.pipeline import load
        from jointre.system import keep_large_buffers

        keep_large_buffers()
        self.model, self.data, self.without = model, data, without
        self.pipeline = load(model, device)
        self.decoder = decoder
        use_decoder(self.pipeline, decoder)
        evaluation = resolve(self.pipeline.config, "evaluation")
        self.metrics = evaluation.metrics
        self.given = (entities or evaluation.entities) == "gold"

    def read(
        self,
        title: str,
        check: Callable[[], T],
        reader: str | None,
        batch_pieces: int | None,
        precision: str = "fp32",
    ) -> T:
        """Read the corpus and return the result of ``check``.

        Args:
            title: of the error if both fail.
            check: a check that does not depend on the corpus.
            reader: the reader of the corpus; None to recognise its format.
            batch_pieces: maximum number of word pieces per batch.
            precision: the number format of the prediction.

        Raises:
            RefusedError: with the faults of both.
        """
        from jointre.errors import all_of

        checked: T
        checked, (corpus, self.docs) = all_of(title, check, lambda: self._corpus(reader))
        self.notices: list[str] = getattr(corpus, "notices", [])
        self.predictor = self.pipeline.predictor(precision, batch_pieces, given=self.given)
        return checked

    def _corpus(self, reader: str | None) -> "tuple[Reader, list[Doc]]":
        from jointre.corpora import read_for, unseen
        from jointre.readers.open import open_data

        corpus, splitter = open_data(self.data, reader=reader), self.pipeline.splitter
        docs = every = read_for(self.pipeline.labels, corpus, self.data, splitter)
        if self.without is not None:
            other = open_data(self.without, reader=reader)
            docs = [every[row] for row in unseen(every, other, self.without, splitter)]
        self.left_out = len(every) - len(docs)
        return corpus, docs

    def report(self, tuned: bool = False) -> None:
        """Print the notices about the corpus and the predictions, and why nothing was found if so.

        Args:
            tuned: whether the threshold was just tuned on the corpus.
        """
        from jointre.corpora import unannotated
        from jointre.data.resplit import wordless
        from jointre.evaluate import to_json
        from jointre.training.nothing_found import Trained, explain, missing

        for notice in [*self.notices, *wordless(self.docs), *self.predictor.notices()]:
            note(notice)
        for notice in unannotated(self.data, self.docs, self.pipeline.labels):
            note(f"warning: {notice}")
        if lacking := missing(self.metrics, to_json(self.metrics)):
            trained = Trained(self.pipeline.meta.get("updates"), tuned=tuned)
            for line in explain(self.predictor, self.docs, lacking, self.data, trained):
                note(line)

    def facts(self) -> dict[str, Any]:
        """Return what was scored, and the scores, for ``--json``."""
        from jointre.evaluate import to_json

        entities = "gold" if self.predictor.given else "predicted"
        facts = {"model": str(self.model), "data": self.data, "entities": entities}
        if self.decoder:
            facts["decoder"] = self.decoder
        if self.predictor.precision != "fp32":
            facts["precision"] = self.predictor.precision
        more: dict[str, Any] = {"without": self.without, "left_out": self.left_out} if self.without else {}
        return {**facts, **more, "documents": len(self.docs), "scores": to_json(self.metrics)}

    def lost(self, found: "Sequence[Doc]", batch_pieces: int | None) -> "Losses":
        """Predict in fp32 as well, and return what was lost in the predictions ``found`` compared with that."""
        from jointre.cli.progress import counted
        from jointre.counting import each
        from jointre.exporting import losses, watched

        exact = self.pipeline.predictor(batch_pieces=batch_pieces, given=self.given)
        with counted("documents", len(self.docs)) as advance:
            before = list(each(exact(self.docs), advance))
        metrics = watched(self.pipeline.config)
        return losses(before, found, self.docs, self.data, metrics, exact.given)

    def show(self) -> None:
        """Print the scores as a table."""
        from jointre.rendering.scores import show_scores

        given = ", gold entities given" if self.predictor.given else ""
        decoder = f", {self.decoder}" if self.decoder else ""
        precision = "" if self.predictor.precision == "fp32" else f", {self.predictor.precision}"
        without = f", without {self.left_out} that {self.without} contains" if self.without else ""
        result(
            f"Scores on {self.data} ({len(self.docs)} documents{without}{given}{decoder}{precision}), x100:\n"
        )
        show_scores(list(self.metrics.values()), out())
