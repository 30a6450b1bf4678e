"""The style of the HTML page: colours of types with enough contrast, light and dark, and the style sheet."""

from collections.abc import Iterator

#: colour of label and line, tint behind them, then the same for dark pages
COLOURS = [
    ("#1e40af", "#dbeafe", "#93c5fd", "#1a2d5a"),
    ("#9a3412", "#ffedd5", "#fdba74", "#4a2410"),
    ("#065f46", "#d1fae5", "#6ee7b7", "#0b3b30"),
    ("#86198f", "#fae8ff", "#f0abfc", "#4a1450"),
    ("#155e75", "#cffafe", "#67e8f9", "#0c3a49"),
    ("#9f1239", "#ffe4e6", "#fda4af", "#501425"),
    ("#5b21b6", "#ede9fe", "#c4b5fd", "#341a66"),
    ("#854d0e", "#fef3c7", "#fcd34d", "#43330b"),
    ("#3f6212", "#ecfccb", "#bef264", "#28380f"),
    ("#334155", "#e2e8f0", "#cbd5e1", "#303b4c"),
]
#: page, card, text, muted text and lines
LIGHT = {"page": "#f6f7f9", "card": "#ffffff", "ink": "#1a202c", "soft": "#5b6575", "line": "#e1e5eb"}
DARK = {"page": "#12151b", "card": "#1b2028", "ink": "#e8eaee", "soft": "#a3adbb", "line": "#323a46"}

PAGE = """
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; overflow-wrap: anywhere; }
.sum { margin: 0 0 1.25rem; color: var(--soft); }
.legend { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .5rem 1rem;
  align-items: baseline; margin: 0 0 1.75rem; font-size: .875rem; }
.legend dt { color: var(--soft); }
.legend dd { margin: 0; display: flex; flex-wrap: wrap; gap: .375rem .5rem; }
.key { display: inline-flex; gap: .45em; padding: .1em .55em; border-radius: .3em; font-weight: 600;
  color: var(--c); background: var(--t); overflow-wrap: anywhere; }
.key b { font-weight: 400; font-variant-numeric: tabular-nums; }
.key.plain { color: var(--ink); background: none; box-shadow: inset 0 0 0 1px var(--line); }
.key.plain b { color: var(--soft); }
"""

PANEL = """
.panel { background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  padding: .8rem 1.25rem 1rem; margin: 0 0 1rem; font-size: .9375rem; overflow-wrap: anywhere; }
.panel h2 { font-size: 1rem; margin: 0 0 .4rem; }
.panel > div { overflow-x: auto; }
.panel p { margin: .3rem 0; }
.panel table { border-collapse: collapse; }
.panel th { text-align: start; font-weight: 400; font-size: .8125rem; color: var(--soft); }
.panel td, .panel th { padding: .25rem 1.25rem .25rem 0; border-bottom: 1px solid var(--line);
  overflow-wrap: normal; }
.panel td:last-child, .panel th:last-child { padding-right: 0; text-align: end; font-variant-numeric: tabular-nums; }
.panel tr:last-child td { border-bottom: 0; }
@media (max-width: 40rem) {
  .panel { padding: .7rem .9rem .8rem; font-size: .875rem; }
  .panel td, .panel th { padding-right: .6rem; }
}
"""

DOCUMENT = """
.doc { background: var(--card); color: var(--ink); border: 1px solid var(--line); border-radius: .6rem;
  padding: 1rem 1.25rem 1.1rem; margin: 0 0 1rem; }
.doc h2 { display: flex; justify-content: space-between; gap: 1rem; margin: 0 0 .4rem;
  font-size: .8rem; font-weight: 400; color: var(--soft); overflow-wrap: anywhere; }
.doc h2 span + span { flex: none; }
.words { margin: 0; font-size: 1.0625rem; overflow-wrap: anywhere;
  line-height: calc(1.95em + var(--deep) * 8px); }
.raw { white-space: pre-wrap; }
.e { color: var(--ink); background: var(--t); padding: .12em .3em calc(.12em + var(--n) * 4px);
  border-bottom: 2px solid var(--c); border-radius: .25em .25em 0 0;
  -webkit-box-decoration-break: clone; box-decoration-break: clone; }
.e.from { border-start-start-radius: 0; border-inline-start: 2px dotted var(--c); }
.l { margin-inline-start: .4em; font-size: .6875rem; font-weight: 600; color: var(--c); white-space: nowrap;
  user-select: none; -webkit-user-select: none; }
.n { font-weight: 400; font-variant-numeric: tabular-nums; }
.none { margin: .35rem 0 0; font-size: .875rem; color: var(--soft); }
.e { scroll-margin-top: 5rem; }
.e:target { outline: 2px solid var(--c); outline-offset: 1px; }
"""

RELATIONS = """
.rel { border-collapse: collapse; margin: .8rem 0 0; font-size: .9375rem; max-width: 100%; }
.rel caption, .rel thead { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); }
.rel td { padding: .3rem 0; border-top: 1px solid var(--line); overflow-wrap: break-word;
  text-align: start; }
.rel tbody tr { background: var(--card); }
.rel td:nth-child(4) { padding-left: 1.5rem; text-align: right; color: var(--soft);
  font-size: .8125rem; font-variant-numeric: tabular-nums; }
.rel sup { font-size: .6875rem; line-height: 0; margin-left: .15em; }
.chip { color: var(--ink); text-decoration: none; border-bottom: 2px solid var(--c); }
.chip:hover, .chip:focus-visible { background: var(--t); }
.arrow { display: flex; align-items: center; padding: 0 .75rem; font-weight: 600; font-size: .875rem;
  white-space: nowrap; }
.arrow::before, .arrow::after { content: ""; flex: 1 0 1.25rem; height: 1px; background: var(--soft); }
.arrow bdi { padding: 0 .5em; }
.arrow i { order: 1; width: 0; border: 4px solid transparent; border-right: 0;
  border-left: 7px solid var(--soft); }
.arrow i.back { order: -1; border-left: 0; border-right: 7px solid var(--soft); }
@media (max-width: 40rem) {
  .rel, .rel tbody { display: block; }
  .rel tr { display: flex; flex-wrap: wrap; align-items: center; padding: .3rem 0;
    border-top: 1px solid var(--line); }
  .rel td { border: 0; padding: .1rem 0; min-width: 0; }
  .rel td:nth-child(4) { padding-left: .6rem; margin-left: auto; }
}
@media print { body { background: none; } .doc { break-inside: avoid; } }
"""


ATTENTION = """
:root { --heat: 37 99 235; }
@media (prefers-color-scheme: dark) { :root { --heat: 96 150 255; } }
.part h2 { font-size: 1.2rem; margin: 2rem 0 .25rem; }
.about { margin: 0 0 .9rem; font-size: .875rem; color: var(--soft); max-width: 46rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
  padding: .8rem 1.1rem 1rem; margin: 0 0 1rem; }
.card h3 { margin: 0 0 .3rem; font-size: .9375rem; }
.card h4 { margin: .7rem 0 0; font-size: .75rem; font-weight: 400; color: var(--soft); }
.card summary { margin-top: .5rem; font-size: .8125rem; color: var(--soft); cursor: pointer; }
.shaded { margin: 0; line-height: 2; overflow-wrap: anywhere; }
.w { padding: .15em .25em; border-radius: .2em; background: rgb(var(--heat) / var(--a)); }
.ent { font-weight: 700; text-decoration: underline dotted 2px var(--c); text-underline-offset: .25em; }
.ent.related { text-decoration-style: solid; }
.patterns { margin: 0 0 1rem; padding-left: 1.2rem; font-size: .9375rem; }
.patterns a { color: inherit; }
.wide { overflow-x: auto; }
.map { --size: clamp(.8rem, 44rem / var(--n), 1.5rem); display: grid; width: max-content;
  grid-template-columns: max-content repeat(var(--n), var(--size));
  grid-template-rows: max-content repeat(var(--n), var(--size)) max-content;
  font-size: calc(var(--size) * .62); line-height: var(--size); }
.map .row { grid-column: 1; grid-row: var(--i); padding-right: .5em; text-align: end; white-space: nowrap; }
.map .column { grid-row: 1; grid-column: var(--i); padding-top: .5em; writing-mode: vertical-rl;
  transform: rotate(180deg); white-space: nowrap; }
.maps { grid-column: 2 / calc(var(--n) + 2); grid-row: 2 / calc(var(--n) + 3); }
.maps figure { display: none; margin: 0; scroll-margin-top: 12rem; }
.maps figure:target, .maps:not(:has(figure:target)) figure:first-child { display: block; }
.maps img { display: block; width: calc(var(--n) * var(--size)); height: calc(var(--n) * var(--size));
  outline: 1px solid var(--line); image-rendering: pixelated; }
.maps figcaption { font-size: .875rem; line-height: 1.6; margin-top: .4rem; color: var(--soft); }
.heads { display: grid; grid-template-columns: 1.4rem repeat(var(--n), minmax(1rem, 4rem)); gap: 3px;
  align-items: center; font-size: .75rem; }
.heads b { font-weight: 400; color: var(--soft); text-align: center; }
.heads a { display: block; outline: 1px solid var(--line); }
.heads a:hover, .heads a:focus-visible { outline: 2px solid rgb(var(--heat)); }
.heads img { display: block; width: 100%; aspect-ratio: 1; image-rendering: pixelated; }
.heads + .about { margin: .6rem 0 0; }
"""


def style_sheet(entities: int) -> str:
    """Return the style sheet. Pointing at a relation highlights its arguments, and vice versa.

    Args:
        entities: number of entities per document that can be highlighted.
    """
    light, dark = "".join(_colours(0, LIGHT)), "".join(_colours(2, DARK))
    scheme = f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}}}"
    return scheme + PAGE + DOCUMENT + RELATIONS + "".join(_hover(entities))


def _colours(offset: int, page: dict[str, str]) -> Iterator[str]:
    names = "; ".join(f"--{name}: {value}" for name, value in page.items())
    yield f":root {{ {names}; }}\n"
    for number, colours in enumerate(COLOURS):
        yield f".k{number} {{ --c: {colours[offset]}; --t: {colours[offset + 1]}; }}\n"


def _hover(entities: int) -> Iterator[str]:
    for i in range(entities):
        yield f".doc:has(.a{i}:hover) .e{i} {{ outline: 2px solid var(--c); }}\n"
        yield f".doc:has(.e{i}:hover) .a{i} td {{ background: var(--page); }}\n"
