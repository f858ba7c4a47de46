"""A whole week with something of everything, for whatever shows figures. Its titles mean harm."""

from datetime import timedelta

from bot.alerts.alert import Action, Source, State
from bot.alerts.classification import Category, FixTime, Severity
from bot.insights.records import Asking, History, Line, Offender, Open, Sleeper, Step, Tally
from bot.insights.stats import Figures, figures
from tests.insights.making import WEEK, at, case, line, opinion, step

HOSTILE = '<script>alert("x")</script>\x1b[31m </svg><!channel> <@U0ANA> =HYPERLINK("https://evil.example.com")'
_SEVERITIES = (Severity.CRITICAL, Severity.HIGH, Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.LOW, None)
_CATEGORIES = (Category.DATABASE, Category.NETWORK, Category.LOGIC, Category.EXTERNAL_SERVICE, Category.TIMEOUT)


def lines() -> dict[int, Line]:
    """Thirty alerts; the first one's words are an attack."""
    found = {
        number: line(
            number,
            _SEVERITIES[number % 7],
            title=f"OperationalError: too many connections to db-{number}",
            short_id=f"SHOP-{number}",
            project="shop-api",
            category=_CATEGORIES[number % 5],
            url=f"https://sentry.example.com/issues/{number}/",
            state=State.RESOLVED if number % 3 == 0 else State.OPEN,
            fix_time=list(FixTime)[number % 4],
        )
        for number in range(2, 31)
    }
    return {1: line(1, Severity.CRITICAL, title=HOSTILE, project=HOSTILE, url="javascript:alert(1)"), **found}


def steps() -> tuple[Step, ...]:
    """Each of them opened, most of them taken, a third resolved."""
    told = []
    for number in range(1, 31):
        hour = (number * 37) % 160
        told.append(step(number, hour, Action.OPENED, Source.SENTRY))
        if number % 4:
            told.append(step(number, hour + 0.1 * (number % 5 + 1), Action.ACKNOWLEDGED))
        if number % 3 == 0:
            told.append(step(number, hour + 1 + number % 7, Action.RESOLVED))
    return tuple(told)


def a_week() -> History:
    known = lines()
    said, meant = opinion("high", "database", 0.93), opinion("high", "network")
    return History(
        period=WEEK,
        lines=known,
        steps=steps(),
        events=12_840,
        told=96,
        cases=(
            case(1, said, meant, rules=said, model=meant),
            case(2, said, rules=said, model=said, ups=2),
            case(3, opinion("low", "logic", 0.55), downs=1),
            case(4, opinion("medium", "timeout", 0.7), opinion("medium", "timeout"), at=at(-30)),
        ),
        askings=(
            Asking(model="example-large", calls=12, cost_usd=0.41),
            Asking(model=HOSTILE[:40], calls=200, cost_usd=0.02),
        ),
        shared=31,
        saved_usd=0.9,
        offenders=(Offender(known[1], 9_120), Offender(known[2], 1_204)),
        sleepers=(Sleeper(known[4], at(170)),),
        thumbs={"verdict": Tally(41, 3), "answer": Tally()},
        waiting={"critical": 1, "high": 3, "medium": 0, "low": 2, "unclassified": 0},
    )


def of_a_week() -> Figures:
    return figures(a_week())


def still_open() -> tuple[Open, ...]:
    """What is open, the attack first, and somebody has the second."""
    known = lines()
    return (
        Open(line=known[1], since=at(100), events=9_120, users=312),
        Open(line=known[2], since=at(101), owner="Ana *Example* <!here>", events=1_204, users=1),
        Open(line=known[5], since=at(102) - timedelta(minutes=5)),
    )
