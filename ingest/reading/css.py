"""What the style sheets of a web page hide, strike out, raise or part: the few properties by which a reader sees other text.

Selectors of tags, classes, ids and their descent are understood; a rule that hides by any other refuses the page.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from lxml import etree

from ingest.reading.limits import Limits, within
from ingest.reading.sheet import Refusal
from ingest.rules import finding

COMMENT = {re.compile(r"/\*"): re.compile(r"\*/")}
PRINT_ONLY = re.compile(
    r"@(?:media\s+print|page|font-face|charset|import|namespace)\b[^{;]{0,500}(?:\{(?:[^{}]|\{[^{}]*\})*\}|;)"
)
SIMPLE = re.compile(r"(?P<tag>\*|[\w-]+)?(?P<more>(?:[.#][\w-]+)*)")
# Properties whose values change what is seen; others are not kept.
KEPT = {"display", "visibility", "text-decoration", "text-decoration-line", "vertical-align", "font-size", "opacity", "color", "mso-hide", "content"}  # fmt: skip
HIDES = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|font-size:0(?:px|pt|em|%)?$|opacity:0(?:\.0*)?$|color:transparent|mso-hide:all"
)
# What hides, strikes out or adds letters: a page with no such rule has none that matters.
TELLING = re.compile(r"none|hidden|collapse|line-through|super|sub\b|transparent|:0|content")
# What depends on the reader's pointer says nothing of a table; what depends on a place or adds letters leaves it in doubt.
DYNAMIC = re.compile(r":(?:hover|active|focus|visited|link|target)\b")
UNPLACED = re.compile(r"::?[\w-]+(?:\([^)]*\))?|\[[^\]]*\]")
# Longer than any that a program writes; what looks through one may take the square of its length.
LONGEST_SELECTOR = 1000
Look = dict[str, str]
Rule = tuple[tuple[int, int, int], int, list[tuple[str, str]], Look]


class StyleSheet:
    """The rules of a page. Raises Refusal for one that hides text in a way that is not understood."""

    def __init__(self, text: str, limits: Limits) -> None:
        self._rules: list[Rule] = []
        # What holds for one place in the page holds for all whose tags, classes and ids are the same up to its root.
        self._known: dict[tuple[tuple[str, str | None, str | None], ...], Look] = {}
        text = re.sub("<!--|-->", "", without(text, COMMENT))
        rules = [(selectors, declarations(body)) for selectors, body in _rules(PRINT_ONLY.sub("", text))]
        if not any(TELLING.search(f"{k}:{v}") for _, look in rules for k, v in look.items()):
            return
        within(
            "样式表规则数", sum(selectors.count(",") + 1 for selectors, look in rules if look), limits.css_rules, "条"
        )
        for selectors, look in rules:
            for selector in selectors.split(",") if look else ():
                self._add(" ".join(selector.split()), look)
        self._rules.sort(key=lambda rule: rule[:2])

    def _add(self, selector: str, look: Look) -> None:
        if DYNAMIC.search(selector):
            return
        if len(selector) > LONGEST_SELECTOR:
            raise Refusal(finding("web_page.restyled", found=selector[:80]))
        bare = UNPLACED.sub("", selector)
        steps = _steps(bare)
        if steps is None:
            raise Refusal(finding("web_page.restyled", found=selector[:80]))
        weight = (
            sum(step.count("#") for _, step in steps),
            sum(step.count(".") for _, step in steps),
            sum(not step.startswith(("*", ".", "#")) for _, step in steps),
        )
        self._rules.append((weight, len(self._rules), steps, look if bare == selector else {"doubt": selector}))

    def of(self, element: etree._Element) -> Look:
        """The properties of an element by the rules and by its own attribute; `doubt` where a rule may apply to it."""
        own = element.get("style")
        said = self._ruled(element) if self._rules else {}
        return said | declarations(own) if own else said

    def _ruled(self, element: etree._Element) -> Look:
        path = tuple((e.tag, e.get("class"), e.get("id")) for e in (element, *element.iterancestors()))
        if path not in self._known:
            said: Look = {}
            for _, _, steps, look in self._rules:
                if _matches(element, steps):
                    said |= look
            self._known[path] = said
        return self._known[path]


def without(text: str, parts: Mapping[re.Pattern[str], re.Pattern[str]]) -> str:
    """A text without the parts between what opens and what closes them, in time that grows with its length alone.

    What is opened and never closed is no part, and is looked for no further.
    """
    kept, at = [], 0
    waiting = {closes: opens.search(text) for opens, closes in parts.items()}
    opening = {closes: opens for opens, closes in parts.items()}
    while first := min(((m, c) for c, m in waiting.items() if m), key=lambda found: found[0].start(), default=None):
        opened, closes = first
        closed = closes.search(text, opened.end())
        if closed is None:
            waiting[closes] = None
            continue
        kept.append(text[at : opened.start()])
        at = closed.end()
        waiting = {c: m and (m if m.start() >= at else opening[c].search(text, at)) for c, m in waiting.items()}
    return "".join([*kept, text[at:]])


def _rules(text: str) -> Iterator[tuple[str, str]]:
    """Selectors and body of each innermost block of a style sheet."""
    for part in text.split("}")[:-1]:
        head, brace, body = part.rpartition("{")
        if brace and (selectors := head.rpartition("{")[2]):
            yield selectors, body


@lru_cache(4096)
def declarations(body: str) -> Look:
    """The properties that matter of a list of them, each as `none`, in small letters and without blanks."""
    said: Look = {}
    for part in body.split(";"):
        name, _, value = part.partition(":")
        if (name := name.strip().lower()) in KEPT:
            said[name] = value.partition("!")[0].strip().lower()
    if said.get("content", "none").strip("'\"") in ("", "none", "normal"):
        said.pop("content", None)
    return said


def hides(look: Look) -> bool:
    """Whether letters of this look are not seen."""
    return any(HIDES.match(f"{name}:{value}") for name, value in look.items())


@lru_cache(4096)
def _steps(selector: str) -> list[tuple[str, str]] | None:
    """A selector from its last step outwards, each with what binds it to the one before; None if not understood."""
    words = re.sub(r"\s*>\s*", " > ", selector).split()
    steps: list[tuple[str, str]] = []
    bond = ""
    for word in reversed(words):
        if word == ">":
            bond = ">"
        elif SIMPLE.fullmatch(word):
            steps.append((bond, word))
            bond = " "
        else:
            return None
    return steps or None


def _matches(element: etree._Element, steps: list[tuple[str, str]]) -> bool:
    if not _fits(element, steps[0][1]):
        return False
    if len(steps) == 1:
        return True
    above: Iterator[etree._Element] = element.iterancestors()
    if steps[1][0] == ">":
        return any(_matches(a, steps[1:]) for a in list(above)[:1])
    return any(_matches(a, steps[1:]) for a in above)


def _fits(element: etree._Element, step: str) -> bool:
    match = SIMPLE.fullmatch(step)
    assert match
    if match["tag"] not in (None, "*", element.tag):
        return False
    classes = (element.get("class") or "").split()
    return all(
        word[1:] in classes if word[0] == "." else word[1:] == element.get("id")
        for word in re.findall(r"[.#][\w-]+", match["more"])
    )
