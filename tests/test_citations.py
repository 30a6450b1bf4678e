"""Citations name a paper and a number that its page in docs/models lists; links lead to headings that exist."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from jointre.cli.docs import pages
from jointre.markdown import anchors

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs" / "models").glob("*.md"))
KIND = r"Eqs?\.|Equations?|Tables?|Sections?|Figures?|Algorithms?"
NUMBERS = r"[0-9]+(?:\.[0-9]+)*(?:(?: and |, |-)[0-9]+(?:\.[0-9]+)*)*"
CITATION = re.compile(rf"(?P<paper>[A-Z][\w-]+(?: et al\.)?), (?P<kind>{KIND}) (?P<numbers>{NUMBERS})")
BARE = re.compile(rf"\b(?P<kind>{KIND}) (?P<numbers>{NUMBERS})", re.IGNORECASE)
LISTED = re.compile(
    r'cite this paper as "(?P<paper>[^"]+)"\. It has these numbers: (?P<numbers>.*?[0-9])\.(?: |$)'
)
LINK = re.compile(r"\]\((?P<file>[^)#\s:]*)(?:#(?P<heading>[^)\s]+))?\)")
PAGE = re.compile(r"\b(?P<file>docs/[\w/-]+\.md)(?:#(?P<heading>[\w-]+))?")
COMMAND = re.compile(r"\bjointre docs (?P<file>[\w/-]+)(?:#(?P<heading>[\w-]+))?")
PRIVATE = re.compile(r"\b(?:specification of|specification, section|specification, check)", re.IGNORECASE)
Numbers = dict[str, set[str]]


def files(*patterns: str) -> list[Path]:
    """The files of the repository that match, without virtual environments and build outputs."""
    found = (path for pattern in patterns for path in ROOT.glob(pattern))
    return sorted(
        path for path in found if not {".venv", "build", "runs"} & set(path.relative_to(ROOT).parts)
    )


CODE = [
    path
    for path in files("jointre/**/*.py", "plugins/**/*.py", "benchmarks/*.py", "tests/**/*.py")
    if path != Path(__file__)  # it holds wrong citations on purpose
]
CONFIGS = files("registry_configs/**/*.cfg")
MARKDOWN = files("*.md", "docs/**/*.md", "registry_configs/**/*.md", "plugins/**/*.md", "benchmarks/*.md")


@cache
def flat(path: Path) -> str:
    """The text of a file in one line, so that a citation may be wrapped."""
    return re.sub(r"\s*\n\s*(?:# )?", " ", path.read_text(encoding="utf8"))


def kind_of(text: str) -> str:
    """``equation`` for ``Eqs.``, ``table`` for ``Tables``."""
    word = text.lower().rstrip(".").rstrip("s")
    return "equation" if word == "eq" else word


def numbers_of(text: str) -> set[str]:
    """All numbers of ``1-4, 6``; ``4.1-4.3`` are 4.1, 4.2 and 4.3."""
    found: set[str] = set()
    for part in re.split(r" and |, ", text):
        first, _, last = part.partition("-")
        before, _, low = first.rpartition(".")
        high = (last or first).rpartition(".")[2]
        found |= {f"{before}.{n}" if before else str(n) for n in range(int(low), int(high) + 1)}
    return found


def listed(page: Path) -> dict[str, Numbers]:
    """The numbers of the papers of a page, by paper and kind."""
    papers: dict[str, Numbers] = {}
    for match in LISTED.finditer(flat(page)):
        parts = (part.split(" ", 1) for part in match["numbers"].split("; "))
        papers[match["paper"]] = {kind_of(kind): numbers_of(numbers) for kind, numbers in parts}
    return papers


PAPERS = {paper: numbers for page in PAGES for paper, numbers in listed(page).items()}


def unknown(known: Numbers, match: re.Match[str]) -> set[str]:
    """The numbers of a citation that its paper does not have."""
    return numbers_of(match["numbers"]) - known.get(kind_of(match["kind"]), set())


def faults(path: Path) -> Iterator[str]:
    """The citations of a file that lead nowhere."""
    text = flat(path)
    for match in CITATION.finditer(text):
        if match["paper"] not in PAPERS or unknown(PAPERS[match["paper"]], match):
            yield match[0]
    yield from (text[max(match.start() - 30, 0) : match.end()] for match in PRIVATE.finditer(text))


def own_paper(path: Path) -> Numbers | None:
    """The numbers of the one paper that a page of docs/models or a config of a model is about."""
    names = [path.stem] if path in PAGES else path.relative_to(ROOT).parts[1:-1]
    pages = [page for page in PAGES if page.stem in names]
    papers = [numbers for page in pages for numbers in listed(page).values()]
    return papers[0] if len(papers) == 1 else None


def bare(path: Path) -> Iterator[str]:
    """Numbers without a paper: in code all; in a config or page about one paper those that it does not have."""
    text = CITATION.sub("", flat(path))
    known = own_paper(path) if path.suffix != ".py" else {}
    for match in BARE.finditer(text):
        if known is not None and unknown(known, match):
            yield text[max(match.start() - 30, 0) : match.end()]


def test_every_model_has_a_page_that_lists_the_numbers_of_its_paper():
    assert {"SpERT", "SINET", "REDN", "ENPAR", "Giorgi et al."} <= PAPERS.keys()
    assert all(len(listed(page)) == 1 for page in PAGES if page.stem != "references")
    assert PAPERS["SpERT"]["equation"] == {"1", "2", "3", "4"}
    assert {"3", "3.1", "4.5"} <= PAPERS["SpERT"]["section"] and "4.6" not in PAPERS["SpERT"]["section"]


@pytest.mark.parametrize("group", [CODE, CONFIGS, MARKDOWN], ids=["code", "configs", "markdown"])
def test_citations_name_a_paper_and_a_number_that_it_has(group):
    found = {str(path.relative_to(ROOT)): list(faults(path)) for path in group}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert any(CITATION.search(flat(path)) for path in group)


def test_no_equation_table_or_section_is_cited_without_its_paper():
    found = {str(path.relative_to(ROOT)): list(bare(path)) for path in [*CODE, *CONFIGS, *PAGES]}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("as there (SpERT, Eq. 3) and (SpERT, Eqs. 1-4)", 0),
        ("as there (SpERT, Eq. 5)", 1),
        ("as there (SpERT,\n    Section 4.6)", 1),
        ("as there (Nobody et al., Table 1)", 1),
        ("the specification of REDN says", 1),
    ],
)
def test_a_wrong_citation_is_found(tmp_path, text, wrong):
    (tmp_path / "code.py").write_text(f'"""{text}."""\n', encoding="utf8")
    assert len(list(faults(tmp_path / "code.py"))) == wrong


def test_a_bare_number_is_found(tmp_path):
    (tmp_path / "code.py").write_text('"""As in section 4.6; and (SpERT, Table 2)."""\n', encoding="utf8")
    assert [text[-11:] for text in bare(tmp_path / "code.py")] == ["section 4.6"]


@cache
def headings(page: Path) -> set[str]:
    """The anchors of a page."""
    return {anchor for _, _, anchor in anchors(page.read_text(encoding="utf8"))}


def dead(path: Path) -> Iterator[str]:
    """The links of a file that lead to no file or heading."""
    text = path.read_text(encoding="utf8")
    markdown = path.suffix == ".md"
    for match in (LINK if markdown else PAGE).finditer(text):
        file, heading = match["file"], match["heading"]
        target = (path.parent if markdown else ROOT) / file if file else path
        exists = target.exists() and (not heading or (target.suffix == ".md" and heading in headings(target)))
        if not exists:
            yield match[0]
    for match in COMMAND.finditer(text):
        page = pages().get(match["file"])
        if page is None or (match["heading"] and match["heading"] not in headings(Path(str(page)))):
            yield match[0]


def test_links_lead_to_files_and_headings_that_exist():
    found = {str(path.relative_to(ROOT)): list(dead(path)) for path in [*CODE, *CONFIGS, *MARKDOWN]}
    assert {name: links for name, links in found.items() if links} == {}
    assert sum(len(LINK.findall(path.read_text(encoding="utf8"))) for path in MARKDOWN) > 100


def test_a_dead_link_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A title\n\n[one](#a-title) [two](#b-title) [three](other.md)\n", encoding="utf8")
    assert list(dead(page)) == ["](#b-title)", "](other.md)"]


def test_a_dead_command_is_found(tmp_path):
    code = tmp_path / "code.py"
    code.write_text(
        '"jointre docs data-formats; jointre docs nothing, jointre docs config#no"', encoding="utf8"
    )
    assert list(dead(code)) == ["jointre docs nothing", "jointre docs config#no"]


def test_tests_and_modules_that_pages_name_exist():
    code = "\n".join(path.read_text(encoding="utf8") for path in files("tests/**/*.py"))
    named = {
        name for path in MARKDOWN for name in re.findall(r"::(test_\w+)", path.read_text(encoding="utf8"))
    }
    assert len(named) > 10 and {name for name in named if f"def {name}(" not in code} == set()
    paths = {
        name
        for path in MARKDOWN
        if path.name != "CHANGELOG.md"
        for name in re.findall(
            r"`((?:jointre|tests|benchmarks)/[\w/]+\.\w+)`", path.read_text(encoding="utf8")
        )
    }
    assert len(paths) > 50 and {name for name in paths if not (ROOT / name).exists()} == set()
