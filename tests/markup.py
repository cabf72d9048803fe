"""A page read as a browser reads it, and the laws that every page keeps.

They hold of whatever desksim writes as HTML, with whatever names a scenario has; `make look` checks
beside them what only a browser knows, such as sizes.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise

from typing_extensions import override

VOID = {"meta", "br", "link", "img", "hr", "input", "col"}
"""Elements that have no end tag."""

MOST_BYTES = 1_000_000

NOTHING_ELSE = "default-src 'none'"
WITHIN = {NOTHING_ELSE, "style-src 'unsafe-inline'", "img-src data:"}
"""What a page may let the browser load: styles and pictures that are written in it."""

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LOADING = (
    "script", "link", "img", "iframe", "object", "embed", "base", "form", "foreignobject",
    "audio", "video", "source",
)  # fmt: skip
_REFERENCE = re.compile(r"""url\(\s*["']?([^"')]*)""")


@dataclass
class Element:
    """A tag with its attributes and everything inside."""

    tag: str
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def all(self, *tags: str) -> list["Element"]:
        """Elements with one of these tags (any when none is named), in the order of the page."""
        found = [self] if not tags or self.tag in tags else []
        return found + [element for child in self.children for element in child.all(*tags)]

    @property
    def text(self) -> str:
        """All words inside, joined by single spaces."""
        return " ".join(" ".join(self.words).split())

    def __getitem__(self, name: str) -> str:
        """An attribute; empty when there is none."""
        return self.attributes.get(name, "")


class Page(HTMLParser):
    """Builds the tree, and refuses a tag that is closed out of order or not at all."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.root = Element("page", {})
        self.open = [self.root]
        self.feed(markup)
        self.close()
        assert self.open == [self.root], f"never closed: {[e.tag for e in self.open[1:]]}"

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), f"an attribute twice in <{tag}>"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> inside <{self.open[-1].tag}>"
        self.open.pop()

    @override
    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.words.append(data)


def parsed(markup: str) -> Element:
    """The tree of a page."""
    return Page(markup).root


def rows(page: Element, caption: str) -> list[list[str]]:
    """Cells of the table whose caption begins so, head and foot included."""
    (table,) = [
        table for table in page.all("table") if table.all("caption")[0].text.startswith(caption)
    ]
    return [[cell.text for cell in row.all("th", "td")] for row in table.all("tr")]


def faults(markup: str) -> list[str]:
    """What is wrong with a page; empty when it keeps every law."""
    page = parsed(markup)
    laws = (_document, _landmarks, _headings, _links, _tables, _figures, _nothing_from_outside)
    found = [fault for law in laws for fault in law(page)]
    if not markup.startswith("<!DOCTYPE html>\n"):
        found.append("does not say that it is HTML")
    if len(markup.encode()) >= MOST_BYTES:
        found.append(f"is as large as {len(markup.encode()):,} bytes")
    return found


def _document(page: Element) -> Iterator[str]:
    """A language, a title, and a width for small screens."""
    (html,) = page.all("html")
    if not html["lang"]:
        yield "has no language"
    if [bool(title.text) for title in html.children[0].all("title")] != [True]:
        yield "has no title"
    if not any(meta["name"] == "viewport" for meta in page.all("meta")):
        yield "has no viewport"
    policy = "".join(meta["content"] for meta in page.all("meta") if meta["http-equiv"]).split("; ")
    if NOTHING_ELSE not in policy or set(policy) - WITHIN:
        yield f"does not forbid what it does not need: {policy}"


def _landmarks(page: Element) -> Iterator[str]:
    """All that is shown is inside a landmark, and those of a kind have names."""
    (body,) = page.all("body")
    outside = [e.tag for e in body.children if e.tag not in ("header", "main", "nav", "footer")]
    if outside:
        yield f"is outside of all landmarks: {outside}"
    if len(page.all("main")) != 1:
        yield f"has {len(page.all('main'))} main parts"
    for part in page.all("nav", "section"):
        if not (part["aria-label"] or part["aria-labelledby"]):
            yield f"a <{part.tag}> has no name"
    if any(e["role"] == "region" and e["tabindex"] != "0" for e in page.all()):
        yield "a keyboard cannot scroll a region"


def _headings(page: Element) -> Iterator[str]:
    levels = [int(heading.tag[1]) for heading in page.all(*_HEADINGS)]
    if levels[:1] != [1] or levels.count(1) != 1:
        yield f"does not begin with its only main heading: {levels}"
    if any(after > before + 1 for before, after in pairwise(levels)):
        yield f"leaves out a level of headings: {levels}"
    if not all(heading.text for heading in page.all(*_HEADINGS)):
        yield "a heading is empty"


def _links(page: Element) -> Iterator[str]:
    """Every id is one, every reference finds one, and the contents lead to every section."""
    ids = Counter(element["id"] for element in page.all() if element["id"])
    yield from (f"the id {name} is there {n} times" for name, n in ids.items() if n > 1)
    referred = {name for e in page.all() for name in e["aria-labelledby"].split()}
    referred |= {e["href"][1:] for e in page.all("a", "use") if e["href"].startswith("#")}
    values = [value for e in page.all() for value in e.attributes.values()]
    inner = [found for value in values for found in _REFERENCE.findall(value)]
    referred |= {found[1:] for found in inner if found.startswith("#")}
    yield from (f"nothing has the id {name}" for name in sorted(referred - set(ids)))
    for link in page.all("a"):
        if not link.text:
            yield f"the link to {link['href']} has no words"
        if not link["href"].startswith(("#", "https://", "http://")):
            yield f"a link leads to {link['href']}"
    sections = [s["aria-labelledby"] for s in page.all("section")]
    listed = [a["href"][1:] for nav in page.all("nav") for a in nav.all("a")]
    if [name for name in sections if name != "answer"] != listed:
        yield f"the contents list {listed}, the sections are {sections}"


def _tables(page: Element) -> Iterator[str]:
    boxes = [e for e in page.all("div") if e["class"] == "scroll"]
    held = [table for box in boxes for table in box.all("table")]
    if held != page.all("table"):
        yield "a table does not scroll by itself"
    if not all(box["role"] == "region" for box in boxes):
        yield "what scrolls is not a region"
    for table in page.all("table"):
        captions = [caption.text for caption in table.all("caption")]
        if len(captions) != 1 or not captions[0]:
            yield "a table has no caption"
        if not all(head["scope"] in ("col", "row") for head in table.all("th")):
            yield f"{captions}: a head does not say of what"
        if not all(head.text for row in table.all("thead") for head in row.all("th")):
            yield f"{captions}: a column has no head"
        widths = {len(row.all("th", "td")) for row in table.all("tr")}
        if len(widths) != 1:
            yield f"{captions}: rows have {sorted(widths)} cells"
        firsts = {row.children[0].tag for row in table.all("tr")}
        if firsts != {"th"}:
            yield f"{captions}: a row has no head"


def _figures(page: Element) -> Iterator[str]:
    """Every picture has a caption, a name, and says what it shows to those who do not see it."""
    held = [svg for shown in page.all("figure") for svg in shown.all("svg")]
    if held != page.all("svg"):
        yield "a picture is not in a figure"
    for shown in page.all("figure"):
        captions = [caption.text for caption in shown.all("figcaption")]
        if len(captions) != 1 or not captions[0]:
            yield "a figure has no caption"
    for svg in held:
        told = [element.text for element in svg.all("title", "desc")]
        if svg["role"] != "img" or len(told) != 2 or not all(told):
            yield f"a picture does not say what it shows: {told}"


def _nothing_from_outside(page: Element) -> Iterator[str]:
    for element in page.all(*_LOADING):
        yield f"has a <{element.tag}>"
    for element in page.all():
        for name, value in element.attributes.items():
            if name.startswith("on") or name in ("src", "srcset", "srcdoc", "action"):
                yield f"<{element.tag}> has {name}"
            outer = [found for found in _REFERENCE.findall(value) if not found.startswith("#")]
            yield from (f"<{element.tag}> loads {found}" for found in outer)
    for picture in page.all("image"):
        if not picture["href"].startswith("data:image/png;base64,"):
            yield f"a drawing shows {picture['href']}"
    for style in page.all("style"):
        if "@import" in style.text or _REFERENCE.search(style.text):
            yield "a style loads something"
