"""The rulebook: rules as data, read from YAML and checked once, at load.

A mistake is named with its rule and its line. Nothing here looks at an event.
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.alerts.classification import Category, FixTime
from bot.classify import concepts
from bot.classify.advice import EVENT_FACTS, Advice, needed, slots
from bot.classify.patterns import BadPattern, Pattern
from bot.classify.severity import Impact
from bot.errors import BadSettings

SHIPPED = Path(__file__).with_name("rulebook.d")

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""libyaml's, where PyYAML was built with it: ten times as fast. Every value is a text: no types are guessed."""

_CLUES = ("types", "says", "means", "frames", "statuses", "tags")
_CONDITIONS = (*_CLUES, "platforms", "words", "request", "starting", "own")
_KEYS = {"id", "category", "weight", "impact", *_CLUES, "only", "unless", "given", "cause", "do", "fix", "like"}


@dataclass(frozen=True, slots=True)
class Looks:
    """What to look for; each list holds alternatives."""

    types: tuple[str, ...] = ()
    """`C`, `a.C`, a package `a.*`, or a part of a name: `…Timeout`."""
    says: tuple[Pattern, ...] = ()
    means: tuple[tuple[str, ...], ...] = ()
    """Concepts that stand near each other: `money + twice`."""
    frames: frozenset[str] = frozenset()
    statuses: frozenset[int] = frozenset()
    tags: frozenset[str] = frozenset()
    platforms: frozenset[str] = frozenset()
    words: int = 0
    """So many different words at least: a text that says something."""
    request: bool | None = None
    starting: bool | None = None
    own: bool | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of experience: what it looks for, what that is evidence for, how strongly, and what to tell people.

    Any one of its clues is enough, if all of `only` holds and none of `unless`. A rule with `given` adds to other rules
    instead: it applies when one of them did and its category won.
    """

    id: str
    category: Category
    weight: float
    """0 to 1: how sure the category is when only this rule applies."""
    looks: Looks
    only: Looks | None
    unless: Looks | None
    given: tuple[str, ...]
    impact: Impact | None
    advice: Advice | None


@dataclass(frozen=True, slots=True)
class Taught:
    """Rules that stand in no file: their text, and what to call it when it is wrong."""

    name: str
    text: str


class _Reader:
    """Reads one rule's YAML mapping; every complaint names the file, the line and the rule."""

    def __init__(self, file: str, node: yaml.Node) -> None:
        self.file, self.line, self.id = file, node.start_mark.line + 1, "?"
        self.values: dict[str, yaml.Node] = {}
        if not isinstance(node, yaml.MappingNode):
            raise self.mistake("a rule is a mapping of names to values")
        for key, value in node.value:
            self.values[str(key.value)] = value
        if not self.text("id"):
            raise self.mistake("the rule has no id")
        self.id = self.text("id")
        if unknown := self.values.keys() - _KEYS:
            raise self.mistake(f"unknown key {min(unknown)}", self.values[min(unknown)])

    def mistake(self, what: str, at: yaml.Node | None = None) -> BadSettings:
        line = at.start_mark.line + 1 if at else self.line
        return BadSettings(f"{self.file}, line {line}, rule {self.id}: {what}")

    def text(self, key: str) -> str:
        node = self.values.get(key)
        if node is None:
            return ""
        if not isinstance(node, yaml.ScalarNode):
            raise self.mistake(f"{key} must be a text", node)
        return str(node.value).strip()

    def number(self, key: str, default: float) -> float:
        try:
            value = float(self.text(key) or default)
        except ValueError:
            raise self.mistake(f"{key} must be a number", self.values[key]) from None
        if not 0 < value <= 1:
            raise self.mistake(f"{key} must be over 0 and at most 1", self.values[key])
        return value

    def lines(self, key: str) -> tuple[str, ...]:
        return tuple(line for raw in self.text(key).splitlines() if (line := raw.strip()))

    def looks(self, values: Mapping[str, yaml.Node]) -> Looks:
        words = {key: str(values[key].value).split() for key in values if key not in ("says", "means", "tags")}
        try:
            return Looks(
                types=tuple(name.replace("::", ".").replace("\\", ".") for name in words.get("types", ())),
                says=tuple(self._patterns(values["says"])) if "says" in values else (),
                means=tuple(self._meanings(values["means"])) if "means" in values else (),
                frames=frozenset(word.lower() for word in words.get("frames", ())),
                statuses=frozenset(int(word) for word in words.get("statuses", ())),
                tags=frozenset(str(values["tags"].value).lower().split("\n")) if "tags" in values else frozenset(),
                platforms=frozenset(words.get("platforms", ())),
                words=int(words["words"][0]) if "words" in words else 0,
                **{key: words[key] == ["true"] for key in ("request", "starting", "own") if key in words},
            )
        except ValueError as error:
            raise self.mistake(str(error)) from None

    def _patterns(self, node: yaml.Node) -> Iterator[Pattern]:
        first = node.start_mark.line + (2 if getattr(node, "style", None) == "|" else 1)
        for number, raw in enumerate(str(node.value).splitlines(), start=first):
            try:
                if line := raw.strip():
                    yield Pattern(line)
            except BadPattern as error:
                raise BadSettings(f"{self.file}, line {number}, rule {self.id}: {error}") from None

    def _meanings(self, node: yaml.Node) -> Iterator[tuple[str, ...]]:
        known = concepts.shipped().names
        for line in filter(None, map(str.strip, str(node.value).splitlines())):
            wanted = tuple(name.strip() for name in line.split("+"))
            if unknown := [name for name in wanted if name not in known]:
                raise ValueError(f"unknown concept {unknown[0]}")
            yield wanted

    def conditions(self, key: str) -> Looks | None:
        node = self.values.get(key)
        if node is None:
            return None
        if not isinstance(node, yaml.MappingNode):
            raise self.mistake(f"{key} must be a mapping", node)
        values = {str(name.value): value for name, value in node.value}
        if unknown := values.keys() - set(_CONDITIONS):
            raise self.mistake(f"unknown condition {min(unknown)} in {key}", node)
        return self.looks(values)


def load(path: Path = SHIPPED, *own: Path | Taught) -> tuple[Rule, ...]:
    """Read the rules of one file, or of all `*.yml` in a folder, and then each of `own`.

    A file is a list of rules, or a mapping in which `rules` is one (triage.yml). A rule of a later layer takes the
    place of an earlier one with the same id.

    Raises:
        BadSettings: a mistake, with file, line and rule.
    """
    by_id: dict[str, _Reader] = {}
    for layer in (path, *own):
        new: dict[str, _Reader] = {}
        for reader in _readers(layer):
            if reader.id in new:
                raise reader.mistake(f"the id stands twice, first in line {new[reader.id].line}")
            new[reader.id] = reader
        by_id |= new
    # A verdict rests on several rules, so any rule's sentence may use any rule's facts.
    facts = EVENT_FACTS | {slot.lower() for reader in by_id.values() for slot in slots(reader.text("says"))}
    return tuple(_rule(reader, by_id, facts) for reader in by_id.values())


def _readers(layer: Path | Taught) -> Iterator["_Reader"]:
    if isinstance(layer, Taught):
        yield from (_Reader(layer.name, node) for node in _nodes(layer.name, layer.text))
        return
    for file in sorted(layer.glob("*.yml")) if layer.is_dir() else [layer]:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadSettings(f"{file}: cannot be read as rules: {error}") from error
        yield from (_Reader(file.name, node) for node in _nodes(file.name, text))


def _nodes(name: str, text: str) -> list[yaml.Node]:
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        raise BadSettings(f"{name}: cannot be read as rules: {error}") from error
    if isinstance(root, yaml.MappingNode):
        root = next((value for key, value in root.value if key.value == "rules"), root)
    if not isinstance(root, yaml.SequenceNode):
        raise BadSettings(f"{name}, line 1: the file must be a list of rules")
    return list(root.value)


def _rule(reader: _Reader, by_id: Mapping[str, _Reader], facts: Set[str]) -> Rule:
    try:
        category = Category(reader.text("category"))
        impact = Impact(reader.text("impact")) if "impact" in reader.values else None
    except ValueError as error:
        raise reader.mistake(str(error)) from None
    looks = reader.looks({key: reader.values[key] for key in _CLUES if key in reader.values})
    like = reader.text("like")
    if like and like not in by_id:
        raise reader.mistake(f"like names the rule {like}, which does not exist", reader.values["like"])
    given = tuple(reader.text("given").split())
    if missing := [name for name in given if name not in by_id]:
        raise reader.mistake(f"given names the rule {missing[0]}, which does not exist", reader.values["given"])
    return Rule(
        id=reader.id,
        category=category,
        weight=reader.number("weight", 0.8),
        looks=looks,
        only=reader.conditions("only"),
        unless=reader.conditions("unless"),
        given=given,
        impact=impact,
        advice=_advice(by_id[like] if like else reader, facts),
    )


def _advice(reader: _Reader, facts: Set[str]) -> Advice | None:
    cause, action = reader.lines("cause"), reader.lines("do")
    if not cause and not action:
        return None
    for key, templates in (("cause", cause), ("do", action)):
        if not templates or needed(templates[-1]):
            raise reader.mistake(f"the last line of {key} must be a sentence that needs no fact")
        if unknown := {slot for template in templates for slot in slots(template)} - facts:
            raise reader.mistake(f"{key} uses the fact {min(unknown)}, which no pattern takes out", reader.values[key])
    try:
        return Advice(cause, action, FixTime(reader.text("fix") or "1h"))
    except ValueError as error:
        raise reader.mistake(str(error), reader.values["fix"]) from None
