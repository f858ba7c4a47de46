"""What people read about what was learned from them: the same voice as `words`."""

from datetime import datetime

from bot.slack.text import Mrkdwn, counted, inert, joined, moment, number

ACCEPT, REJECT, RETIRE = "Make it a rule", "Do not", "Take it back"
GONE = Mrkdwn("Nobody proposes this any more: somebody decided about it, or took a correction back.")
NO_RULE = Mrkdwn("It is no rule any more: somebody has taken it back already.")


def taught(who: str) -> str:
    """Beside a machine's verdict: whose corrections changed it. Plain text."""
    return f"as corrected by {who}"


def proposed(count: int) -> Mrkdwn:
    """Above the rules that are proposed."""
    return Mrkdwn(f"*{counted(count, 'rule')} could be made of what you corrected.*")


def rule(category: str, phrase: str, kind: str) -> Mrkdwn:
    """What a proposed rule says."""
    looks = joined(
        (
            Mrkdwn(f"says `{inert(phrase, 110)}`") if phrase else None,
            Mrkdwn(f"is a `{inert(kind, 80)}`") if kind else None,
        ),
        " and ",
    )
    return Mrkdwn(f"An error that {looks} is *{inert(category, 40)}*.")


def behind(who: str) -> Mrkdwn:
    """Whose corrections it is made of."""
    return Mrkdwn(f"As corrected by {inert(who, 200)}")


def would_change(changed: int, looked_at: int, mended: int, spoiled: int) -> Mrkdwn:
    """What a rule would change in history."""
    if not changed:
        return Mrkdwn(f"It would have changed none of the last {counted(looked_at, 'verdict')}.")
    told = [f"It would have changed {number(changed)} of the last {counted(looked_at, 'verdict')}"]
    told += [f"{number(mended)} of them people had to correct like this"] if mended else []
    told += [f"*of {number(spoiled)} people said otherwise*"] if spoiled else []
    return Mrkdwn(f"{'; '.join(told)}.")


def accepted(category: str) -> Mrkdwn:
    """A rule is in force now."""
    said = f"It is a rule now: such errors are {inert(category, 40)}, for everybody."
    return Mrkdwn(f"{said} `/triage review` takes it back.")


def counting(count: int) -> Mrkdwn:
    """Above the rules that were made of corrections."""
    verb = "counts" if count == 1 else "count"
    return Mrkdwn(f"*{counted(count, 'rule')}* made of what people corrected {verb} now.")


def made_by(who: str, at: datetime) -> Mrkdwn:
    """Who made it a rule, and when."""
    return Mrkdwn(f"Made a rule by {inert(who, 60) or 'somebody'}, {moment(at)}")


def retired() -> Mrkdwn:
    """A rule does not count any more."""
    return Mrkdwn("It is no rule any more, and I will not propose it again. The corrections themselves still count.")


def rejected() -> Mrkdwn:
    """A rule will not be proposed again."""
    return Mrkdwn("Noted: I will not propose this again. The corrections themselves still count.")
