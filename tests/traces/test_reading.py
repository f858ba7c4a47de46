"""A pasted stack trace of seven languages is read as if Sentry had sent it; a hostile text costs no time."""

import time
from pathlib import Path

import pytest

from bot.traces.reading import MAX_EXCEPTIONS, MAX_FRAMES, read

SAMPLES = Path(__file__).parent / "samples"
EXPECTED = {
    "python": ("python", ["KeyError", "shop.errors.CartError"], "cart 7 is gone", ("/srv/shop/cart.py", "total", 42)),
    "python_group": ("python", ["OperationalError"], None, ("/srv/shop/db.py", "connect", 7)),
    "javascript_node": (
        "javascript",
        ["Error", "TypeError"],
        "Cannot read properties of undefined (reading 'total')",
        ("/srv/shop/cart.js", "Cart.total", 42),
    ),
    "javascript_firefox": (
        "javascript",
        ["TypeError"],
        "cart is undefined",
        ("https://shop.example.com:8443/app.js", "total", 42),
    ),
    "java": (
        "java",
        ["java.net.ConnectException", "com.example.shop.CartException"],
        "cart 7: no database",
        ("Cart.java", "total", 42),
    ),
    "go": (
        "go",
        ["panic"],
        "runtime error: index out of range [5] with length 3",
        ("/srv/shop/cart.go", "main.(*Cart).Total", 42),
    ),
    "ruby": (
        "ruby",
        ["NoMethodError"],
        "undefined method `total' for nil:NilClass",
        ("/srv/shop/cart.rb", "charge", 42),
    ),
    "rails": (
        "ruby",
        ["ActiveRecord::RecordNotFound"],
        "Couldn't find Cart with 'id'=7",
        ("app/models/cart.rb", "total", 42),
    ),
    "php": ("php", ["TypeError"], None, ("/srv/shop/Cart.php", None, 42)),
    "dotnet": (
        "csharp",
        ["System.Net.Http.HttpRequestException", "System.InvalidOperationException"],
        "No cart 7",
        ("/src/shop/Cart.cs", "Total", 42),
    ),
}


def sample(name: str) -> str:
    return (SAMPLES / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", EXPECTED)
def test_each_language_is_read_with_its_chain_and_where_it_broke(name):
    platform, types, value, place = EXPECTED[name]
    trace = read(sample(name))
    assert trace is not None
    assert trace.platform == platform
    assert [each.type for each in trace.exceptions] == types, "cause first"
    crash = trace.exceptions[-1]
    if value:
        assert crash.value == value
    own = next(frame for frame in reversed(crash.frames) if frame.in_app)
    assert (own.filename, own.function, own.lineno) == place


@pytest.mark.parametrize("name", EXPECTED)
def test_words_around_a_trace_and_a_quote_before_each_line_do_no_harm(name):
    assert read(f"```{sample(name)}```") == read(sample(name)), "as Slack sends a box of code"
    quoted = (
        "Morning! This again:\n```\n" + "\n".join(f"> {line}" for line in sample(name).splitlines()) + "\n```\nIdeas?"
    )
    plain, wrapped = read(sample(name)), read(quoted)
    assert plain is not None
    assert wrapped is not None
    assert [each.type for each in wrapped.exceptions] == [each.type for each in plain.exceptions]
    assert wrapped.exceptions[-1].frames == plain.exceptions[-1].frames


def test_pythons_lines_of_source_are_kept_with_their_frames():
    trace = read(sample("python"))
    assert trace is not None
    assert [frame.context_line for frame in trace.exceptions[-1].frames][
        -1
    ] == 'raise CartError(f"cart {self.id} is gone")'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "lunch?",
        "at the office: 12:30",
        "Error: something",
        "https://shop.example.com/issues",
        'File "x"',
        "#1 priority",
    ],
)
def test_no_trace_is_seen_where_there_is_none(text):
    assert read(text) is None


def processor_time(text: str) -> float:
    """The least that reading took in several rounds, in seconds."""
    best = float("inf")
    for _ in range(3):
        began = time.thread_time()
        read(text)
        best = min(best, time.thread_time() - began)
    return best


@pytest.mark.parametrize(
    "line",
    [
        "at " + "a." * 400 + "(", "A" * 900 + ":", "    at " + "(" * 900, "panic: " + "[recovered] " * 80,
        "  File \"" + "/" * 900, "#1 " + "a" * 900 + "(", "a" * 300 + ":1:in `" + "b" * 600, "System." * 120 + ": ",
        "---> " * 180, "Caused by: " * 90, "f(0x" * 220, "X: " + " in /a" * 160,
    ],
)  # fmt: skip
def test_twice_the_hostile_text_is_at_most_about_twice_the_work(line):
    once, twice = (processor_time("\n".join([line] * lines)) for lines in (750, 1_500))
    assert twice < 3 * once + 0.01


def test_an_endless_trace_keeps_the_frames_nearest_to_the_crash():
    deep = "\n".join(f'  File "/srv/shop/a.py", line {n}, in f' for n in range(1, 900))
    trace = read(f"Traceback (most recent call last):\n{deep}\nRecursionError: maximum recursion depth exceeded")
    assert trace is not None
    assert len(trace.exceptions[-1].frames) == MAX_FRAMES
    assert trace.exceptions[-1].frames[-1].lineno == 899
    many = "\n".join(f"com.example.E{n}: x\n\tat com.example.A.b(A.java:{n})" for n in range(1, 40))
    chain = read(many)
    assert chain is not None
    assert len(chain.exceptions) == MAX_EXCEPTIONS
