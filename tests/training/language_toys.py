"""Small corpora in Chinese, Japanese, Thai and German, made from templates, and a tiny encoder for each."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, models, pre_tokenizers, processors

from jointre.testing import tiny_encoder_folder

SLOT = re.compile(r"\[(PER|ORG|LOC)\]")
TRAIN, DEV = range(3), range(3, 4)  # rounds
Record = dict[str, Any]
Links = list[tuple[int, int, str]]
LIVES, WORKS = [(0, 1, "lives_in")], [(0, 1, "works_for")]
AT_HOME, BOTH = [(1, 0, "works_for")], [(0, 1, "lives_in"), (0, 2, "works_for")]
APPLIES = [(2, 3, "works_for")]


@dataclass(frozen=True)
class Toy:
    """A corpus: each round fills every template with the next names.

    Args:
        names: by entity type.
        templates: texts with slots ``[PER]``, ``[ORG]`` and ``[LOC]``, and the relations between their entities.
        write_encoder: writes an encoder for some characters to a folder.
    """

    names: dict[str, list[str]]
    templates: list[tuple[str, Links]]
    write_encoder: Callable[[Path, str], Path]

    def records(self, rounds: range) -> Iterator[Record]:
        """Yield texts with annotation in the standard form, offsets in characters."""
        for turn in rounds:
            for number, (template, links) in enumerate(self.templates):
                yield self._record(template, links, turn + number)

    def _record(self, template: str, links: Links, turn: int) -> Record:
        text, entities = "", list[Record]()
        for place, part in enumerate(SLOT.split(template)):
            if place % 2 == 0:
                text += part
                continue
            name = self.names[part][(turn + place // 2) % len(self.names[part])]
            entities.append({"start": len(text), "end": len(text) + len(name), "label": part})
            text += name
        relations = [{"head": head, "tail": tail, "label": label} for head, tail, label in links]
        return {"text": text, "entities": entities, "relations": relations}

    def encoder(self, folder: Path) -> Path:
        """Write a tiny encoder that knows the characters of the corpus; return its folder."""
        return self.write_encoder(folder, "".join(record["text"] for record in self.records(TRAIN)))


LEARNS: dict[str, Any] = {"width": 64, "std": 0.05, "dropout": 0.0}


def word_pieces(folder: Path, characters: str) -> Path:
    """Write an encoder like BERT, with a piece for each character."""
    return tiny_encoder_folder(folder, characters=characters, **LEARNS)


def bytes_of_characters(folder: Path, characters: str) -> Path:
    """Write an encoder like RoBERTa, whose pieces are bytes and thus parts of most characters."""
    return tiny_encoder_folder(folder, "roberta", max_position=256, **LEARNS)


def sentence_pieces(folder: Path, characters: str) -> Path:
    """Write an encoder like XLM-R, with a Unigram model of the characters."""
    tiny_encoder_folder(folder, "roberta", **LEARNS)
    vocab = [(piece, 0.0) for piece in ("<s>", "<pad>", "</s>", "<unk>", "<mask>")]
    vocab += [(character, -5.0) for character in ["\u2581", *sorted(set(characters))]]
    made = Tokenizer(models.Unigram(vocab, 3, False))
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.add_special_tokens([piece for piece, _ in vocab[:5]])
    made.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=False)
    made.save(str(folder / "tokenizer.json"))
    for name in ("vocab.json", "merges.txt"):
        (folder / name).unlink()
    path = folder / "tokenizer_config.json"
    settings = {**json.loads(path.read_text("utf8")), "tokenizer_class": "XLMRobertaTokenizer"}
    path.write_text(json.dumps(settings), encoding="utf8")
    return folder


TOYS = {
    "zh": Toy(
        {
            "PER": ["李娜", "王芳", "林小雨", "陈大伟"],
            "ORG": ["海星公司", "云山大学", "东湖医院", "长风书店"],
            "LOC": ["成都", "西安", "武汉", "哈尔滨"],
        },
        [
            ("[PER]住在[LOC]。", LIVES),
            ("听说[PER]今年去[ORG]工作了。", WORKS),
            ("[ORG]的[PER]昨天从[LOC]回来。", AT_HOME),
            ("[LOC]今天下雨。", []),
            ("[PER]搬到[LOC]以后\uff0c在[ORG]上班。", BOTH),
            ("[PER]是医生。她住在[LOC]。", LIVES),
            ("[ORG]在[LOC]招人。[PER]已经去[ORG]报名\uff01天气很好。", APPLIES),
            ("我们明天一起喝茶。", []),
        ],
        word_pieces,
    ),
    "ja": Toy(
        {
            "PER": ["田中さくら", "佐藤", "山本ケン", "高橋"],
            "ORG": ["海星社", "雲山大学", "ひまわり病院", "カモメ書店"],
            "LOC": ["京都", "札幌", "那覇", "つくば"],
        },
        [
            ("[PER]さんは[LOC]に住んでいる。", LIVES),
            ("[PER]さんは今年から[ORG]で働く。", WORKS),
            ("[ORG]の[PER]さんは昨日[LOC]から帰った。", AT_HOME),
            ("今日の[LOC]は雨だ。", []),
            ("[PER]さんは[LOC]に引っ越し、[ORG]に勤める。", BOTH),
            ("[PER]さんは医者だ。[LOC]に住んでいる。", LIVES),
            ("[ORG]は[LOC]で人を探す。[PER]さんも[ORG]に行った\uff01いい天気だ。", APPLIES),
            ("明日みんなでお茶を飲む。", []),
        ],
        sentence_pieces,
    ),
    "th": Toy(
        {
            "PER": ["สมชาย", "มาลี", "ปรีชา", "นภา"],
            "ORG": ["ดาวทะเล", "ภูเมฆ", "ลมยาว", "บึงใหญ่"],
            "LOC": ["เชียงใหม่", "ภูเก็ต", "ขอนแก่น", "ระยอง"],
        },
        [
            ("[PER]อาศัยอยู่ที่[LOC]", LIVES),
            ("ปีนี้[PER]ทำงานที่บริษัท[ORG]", WORKS),
            ("ร้าน[ORG]ให้[PER]ไป[LOC]เมื่อวาน", AT_HOME),
            ("วันนี้ฝนตกที่[LOC]", []),
            ("[PER]ย้ายไป[LOC]แล้วทำงานที่บริษัท[ORG]", BOTH),
            ("[PER]เป็นหมอ! เขาอยู่ที่[LOC]", LIVES),
            ("ร้าน[ORG]รับคนที่[LOC]. [PER]ไปสมัครที่ร้าน[ORG]แล้ว! อากาศดี", APPLIES),
            ("พรุ่งนี้เราดื่มชาด้วยกัน", []),
        ],
        sentence_pieces,
    ),
    "de": Toy(
        {
            "PER": ["Anna Holm", "Jörg Weiß", "Mia Öztürk", "Uwe"],
            "ORG": ["Seestern AG", "Wolkenwerk", "Haus Möwe", "Nordbach"],
            "LOC": ["Berlin", "Köln", "Jena", "Gera"],
        },
        [
            ("[PER] wohnt in [LOC].", LIVES),
            ("Seit Mai arbeitet [PER] bei [ORG].", WORKS),
            ("Von [ORG] kam [PER] gestern nach [LOC].", AT_HOME),
            ("Die [LOC]reise war schön.", []),
            ("[PER] zog nach [LOC] und fing bei [ORG] an.", BOTH),
            ("[PER] ist Arzt. Er wohnt in [LOC].", LIVES),
            ("[ORG] sucht Leute in [LOC]. Auch [PER] war bei [ORG]! Das Wetter ist gut.", APPLIES),
            ("Morgen trinken wir zusammen Tee.", []),
        ],
        bytes_of_characters,
    ),
}
"""By language. German has places inside compounds; the other languages have no blanks between words."""
