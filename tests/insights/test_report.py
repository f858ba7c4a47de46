"""A report says what the figures say, in every form, and no title can do harm in any."""

import csv
import io
import json
import subprocess
import sys
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bot.insights import pages
from bot.insights.forms import Form, written
from bot.insights.records import History
from bot.insights.report import as_csv, as_json, as_text
from bot.insights.stats import figures
from tests.insights.making import WEEK
from tests.insights.week import HOSTILE, of_a_week, still_open

ROOT = Path(__file__).parents[2]


def test_the_text_names_every_part_and_fits_a_terminal():
    text = as_text(of_a_week())
    for said in (
        "2026-03-02 00:00 UTC to 2026-03-09 00:00 UTC",
        "30 new alerts, 6 waiting now",
        "12,840 events, 12,744 of them folded silently (99%)",
        "median to acknowledge 18 min (of 23)",
        "$0.4300 for 212 calls of models",
        "$0.9000 saved by 31 shared answers",
        "1 corrected, 2 confirmed, 1 disputed",
        "card and people      67% category  100% severity  (of 3)",
        "9,120  critical",
    ):
        assert said in text
    assert max(len(line) for line in text.splitlines()) <= 120
    assert "\x1b" not in text, "a title may not colour the terminal"


def test_a_quiet_week_has_no_empty_headings():
    text = as_text(figures(History(period=WEEK)))
    assert "Most events" not in text
    assert "Money" not in text
    assert "0 new alerts" in text


def test_the_json_is_the_figures():
    found = json.loads(written(of_a_week(), Form.JSON))
    assert (found["opened"], found["events"], found["folded"]) == (30, 12_840, 12_744)
    assert found["speed"]["acknowledge"] == {"count": 23, "median": pytest.approx(1080.0)}
    assert found["by_day"]["2026-03-02"].keys() >= {"critical", "high", "medium", "low"}
    assert found["scoreboard"]["agreements"]["card and people"] == {"count": 3, "category": 2, "severity": 3}
    assert found["scoreboard"]["categories"]["database"]["precision"] == 0.5
    assert found["offenders"][0]["line"]["title"] == HOSTILE
    assert as_json(of_a_week()) == found


def test_the_csv_has_one_number_a_row_and_no_formula():
    rows = list(csv.DictReader(io.StringIO(as_csv(of_a_week()))))
    by_name = {(row["part"], row["name"]): row["value"] for row in rows}
    assert by_name["opened", ""] == "30"
    assert by_name["by_severity", "critical"] == "5"
    assert by_name["scoreboard", "categories.network.recall"] == "0.0"
    assert not [row for row in rows for cell in row.values() if cell[:1] in ("=", "+", "-", "@")]


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def pages_with_everything():
    found = of_a_week()
    facts = {"days": 7, "logged_in": True, "still_open": still_open(), "health": {"slack": HEALTH}, "budget": 4.2}
    return {
        "report": written(found, Form.HTML),
        "dashboard": pages.dashboard(found, full=True, **facts),
        "numbers only": pages.dashboard(found, full=False, **facts),
        "login": pages.login(wrong=True),
    }


HEALTH = {"ok": False, "state": HOSTILE}


@pytest.mark.parametrize("name", ["report", "dashboard", "numbers only", "login"])
def test_no_page_has_a_script_an_outside_address_or_a_style_but_its_own(name):
    html = pages_with_everything()[name]
    tags = Tags(html).seen
    assert not [tag for tag, _ in tags if tag in ("script", "link", "iframe", "img", "object")]
    for tag, attributes in tags:
        assert not [key for key in attributes if key.startswith("on") or key in ("style", "src")], (tag, attributes)
        href = attributes.get("href") or ""
        assert href.startswith(("https://sentry.example.com/", "#", "?")) or not href, href
    assert "default-src 'none'" in unescape(html)
    assert HOSTILE not in html


def test_a_hostile_title_stands_on_the_page_as_it_is_written():
    html = pages_with_everything()["dashboard"]
    assert "&lt;script&gt;alert(" in html
    assert "Ana *Example* &lt;!here&gt;" in html
    assert "javascript:" not in html


def test_without_a_token_the_page_shows_no_event_s_words_but_its_numbers():
    html = pages_with_everything()["numbers only"]
    assert "OperationalError" not in html
    assert "shop-api" not in html
    assert "ADMIN_TOKEN" in html
    assert "12,840" in html


def test_the_command_prints_a_report_of_an_empty_database(tmp_path):
    run = [sys.executable, str(ROOT / "app.py"), "report", "--since", "2 days", "--format", "json"]
    environ = {"DATABASE_URL": f"sqlite:///{tmp_path}/triage.db", "PATH": ""}
    done = subprocess.run(run, cwd=tmp_path, env=environ, capture_output=True, text=True, check=True)  # noqa: S603
    assert json.loads(done.stdout)["opened"] == 0
    wrong = subprocess.run([*run[:4], "soon"], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)  # noqa: S603
    assert wrong.returncode == 2
    assert "--since" in wrong.stderr


def test_a_start_loads_neither_the_chart_s_nor_the_page_s_library():
    code = "import app, sys; print([name for name in ('PIL', 'jinja2') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"
