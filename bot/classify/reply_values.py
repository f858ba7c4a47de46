"""Single values of a model's reply → our taxonomy, plain text and numbers. Nothing here raises or guesses.

A word that fits nothing, several words that contradict each other, and a template that was copied (`low|medium|high`)
are None: the rules' own value stands then.
"""

import re
from collections.abc import Callable
from typing import TypeVar

from bot.alerts.classification import Category, FixTime, Severity, category_from, fix_time_from, severity_from
from bot.classify.reply_words import CATEGORIES, FILLERS, NEGATIONS, SEVERITIES, VAGUE

TEXT = 600
"""Characters kept of a sentence."""
_VALUE, _WORDS, _DEPTH = 120, 10, 3
_NOT_WORD = re.compile(r"[\W_]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_TEMPLATE = re.compile(r"[|/]|\bor\b|\bили\b|\boder\b|\bou\b|、")
_AMOUNT = re.compile(
    r"(?P<number>\d{1,5}(?:[.,]\d{1,3})?)(?:\s{0,2}(?:-|–|to|до|bis|à|a)\s{0,2}(?P<most>\d{1,5}(?:[.,]\d{1,3})?))?"
    r"[\s_-]{0,2}(?P<unit>[^\W\d_]{1,12})"
)
_MINUTES = {
    "s sec secs second seconds секунд секунды sekunden secondes segundos 秒": 1 / 60,
    "m min mins minute minutes мин минут минуты minuten minuto minutos 分钟 分": 1,
    "h hr hrs hour hours ч час часа часов stunde stunden std heure heures hora horas 小时 時間": 60,
    "d day days день дня дней tag tage jour jours día días dia dias 天 日": 480,
    "w week weeks неделя недели woche wochen semaine semaines semana semanas 周": 2400,
}
_UNITS = {unit: minutes for units, minutes in _MINUTES.items() for unit in units.split()}
_FIX_TIMES = ((30, FixTime.QUARTER_HOUR), (120, FixTime.HOUR), (480, FixTime.HALF_DAY))
_LEVELS = {"high": 0.9, "medium": 0.6, "low": 0.3}

_Meaning = TypeVar("_Meaning", Severity, Category)


def normal(text: str) -> str:
    """Lower case, and one underscore for whatever stands between words: how `reply_words` are looked up."""
    return _NOT_WORD.sub("_", text.casefold()).strip("_")


def severity(value: object) -> Severity | None:
    """`High`, `P1`, `🔴 critical (data loss)`, `критическая` …; None: not said, or not to be trusted."""
    return _meaning(value, _severity_word)


def category(value: object) -> Category | None:
    """`Database`, `DB error`, `third-party API`, `база данных` …; None: not said, or fits none of ours."""
    return _meaning(value, _category_word)


def _severity_word(word: str) -> Severity | None:
    known = SEVERITIES.get(word)
    return Severity(known) if known else severity_from(word)


def _category_word(word: str) -> Category | None:
    known = CATEGORIES.get(word)
    return Category(known) if known else category_from(word)


def _meaning(value: object, look_up: Callable[[str], _Meaning | None]) -> _Meaning | None:
    text = one_string(value)[:_VALUE].strip()
    if found := look_up(normal(text)):
        return found
    words = [word for word in normal(_HUMP.sub(" ", text)).split("_") if word][:_WORDS]
    if not words or NEGATIONS.intersection(words):
        return None
    pairs = ["_".join(words[at : at + 2]) for at in range(len(words) - 1)]
    for spoken in (pairs, [w for w in words if w not in FILLERS and w not in VAGUE], words):
        meanings = {found for word in spoken if word not in FILLERS and (found := look_up(word))}
        if len(meanings) == 1:
            return meanings.pop()
        if meanings:
            # Several that differ: a copied template, or nothing that could be told apart.
            return None if len(meanings) > 2 or _TEMPLATE.search(text) else _first(words, look_up, meanings)
    return None


def _first(words: list[str], look_up: Callable[[str], _Meaning | None], among: set[_Meaning]) -> _Meaning | None:
    """Of two that differ, a named data store wins (the rubric says so); else the one named first."""
    store = next((meaning for meaning in among if meaning is Category.DATABASE), None)
    return store or next((found for word in words if (found := look_up(word)) in among), None)


def fix_time(value: object) -> FixTime | None:
    """`2 hours`, `15-30 min`, `3 дня` … rounded up to our four; None for a bare number, which has no unit."""
    if not isinstance(value, str):
        return None
    if known := fix_time_from(value[:40]):
        return known
    match = _AMOUNT.search(value[:_VALUE].casefold())
    if match is None or (unit := _UNITS.get(match["unit"])) is None:
        return None
    minutes = float((match["most"] or match["number"]).replace(",", ".")) * unit
    return next((time for most, time in _FIX_TIMES if minutes <= most), FixTime.DAY)


def confidence(value: object) -> float | None:
    """0 to 1, from `0.8`, `80%`, `85` or `high`; None where nothing of the kind was said."""
    if isinstance(value, bool) or value is None:
        return None
    text = one_string(value)[:20].strip().casefold()
    if text in _LEVELS:
        return _LEVELS[text]
    match = re.fullmatch(r"(\d{1,3}(?:[.,]\d{1,6})?)\s?(%|/\s?10{1,2})?", text)
    if match is None:
        return None
    number, scale = float(match[1].replace(",", ".")), match[2] or ""
    if scale == "%" or scale.endswith("100") or (not scale and number > 10):
        number /= 100
    elif scale or number > 1:
        number /= 10
    return number if 0 <= number <= 1 else None


def sentence(value: object) -> str:
    """A sentence from whatever stood where one was asked for (a list, an object, null); empty: nothing was said."""
    text = " ".join(flat(value)[: 2 * TEXT].split()).strip("\"'` ")
    if not any(character.isalnum() for character in text) or text.casefold() in ("null", "none", "n/a", "string"):
        return ""
    return text if len(text) <= TEXT else text[: TEXT - 1] + "…"


def flat(value: object, depth: int = 0) -> str:
    """Objects as `key: value; …`, lists as `…; …`, everything else as it stands."""
    if isinstance(value, str):
        return value
    if value is None or depth > _DEPTH:
        return ""
    if isinstance(value, dict):
        return "; ".join(f"{key}: {text}" for key, one in list(value.items())[:8] if (text := flat(one, depth + 1)))
    if isinstance(value, list):
        return "; ".join(text for one in value[:8] if (text := flat(one, depth + 1)))
    return str(value).lower() if isinstance(value, bool) else str(value)[:40]


def one_string(value: object) -> str:
    """The string that stands alone in a list or under a telling key of an object; empty when there is none."""
    for _ in range(_DEPTH):
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        elif isinstance(value, dict):
            value = next((value[key] for key in ("value", "level", "name", "label", "category") if key in value), None)
    if isinstance(value, str):
        return value
    return repr(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
