"""The Home tab shows each person what is theirs and what is open, and its buttons work."""

from bot.sandbox.views import View
from tests.scenarios.conftest import ANA, BO, Stage, words


async def home(stage: Stage, who: str = ANA) -> View:
    """Open the tab; the page once it is published."""
    before = stage.slack.workspace.views.homes.get(who)
    known = before.hash if before else ""
    assert (await stage.sandbox.people.open_home(who)).ok
    return await stage.until(lambda: _newer(stage, who, known))


def _newer(stage: Stage, who: str, known: str) -> View | None:
    view = stage.slack.workspace.views.homes.get(who)
    return view if view and view.hash != known else None


def told(view: View) -> str:
    return "\n".join(words(view.blocks))


async def press(stage: Stage, view: View, action: str, place: str, who: str = ANA) -> View:
    """Click a button of the page; the page that takes its place."""
    block = next(b for b in view.blocks if place in b["block_id"] and b["type"] == "actions")
    known = view.hash
    outcome = await stage.sandbox.people.click_in_view(who, view.id, action, block_id=block["block_id"])
    assert outcome.ok, outcome
    return await stage.until(lambda: _newer(stage, who, known))


async def test_an_empty_page_says_so_and_tells_how_each_connection_does(stage: Stage):
    page = told(await home(stage))
    assert "You have nothing on your plate" in page
    assert "Nothing is open" in page
    for part in ("*database* ✓ works", "*slack* ✓ works", "*wake-ups* ✓ works", "*model* – off"):
        assert part in page
    assert "No model is set up" in page
    assert "No error has named a release yet" in page


async def test_what_i_have_stands_first_and_everybodys_below_by_severity(stage: Stage):
    await stage.sandbox.shelf.fire("event_alert")
    await stage.click(ANA, await stage.card("TypeError"), "alert_acknowledge")
    await stage.sandbox.shelf.fire("error")
    await stage.card("remaining connection slots")
    await stage.card("ana has it")
    page = told(await home(stage))
    mine, everybodys = page.split("Everybody's")
    assert "TypeError" in mine
    assert "remaining connection slots" not in mine
    assert everybodys.index("remaining connection slots") < everybodys.index("TypeError"), "worst first"
    assert "1 critical, 1 medium" in everybodys
    assert "shop@" in page, "the release whose errors came"
    assert "TypeError" not in told(await home(stage, BO)).split("Everybody's")[0]


async def test_a_button_does_what_the_cards_does_and_the_page_is_made_anew(stage: Stage):
    await stage.sandbox.shelf.fire("error")
    await stage.card("nobody has it yet")
    page = await press(stage, await home(stage), "alert_acknowledge", "open")
    assert "ana has it since" in told(page)
    await stage.card("ana has it since")


async def test_a_click_that_comes_too_late_is_told_on_the_page(stage: Stage):
    await stage.sandbox.shelf.fire("error")
    card = await stage.card("nobody has it yet")
    page = await home(stage)
    await stage.click(BO, card, "alert_resolve")
    await stage.card("resolved by bo")
    assert "This cannot be acknowledged now" in told(await press(stage, page, "alert_acknowledge", "open"))


async def test_what_was_promised_and_is_overdue_stands_on_everybodys_page(stage: Stage):
    await stage.sandbox.shelf.fire("error")
    await stage.click(ANA, await stage.card("nobody has it yet"), "alert_acknowledge")
    card = await stage.card("ana has it")
    await stage.click(ANA, card, "alert_promise")
    view = await stage.modal(ANA)
    field = next(b["element"] for b in view.blocks if b["type"] == "input")
    soonest = field["options"][0]["value"]
    assert (await stage.sandbox.people.submit(ANA, view.id, {field["action_id"]: soonest})).ok
    assert "Promised and overdue" not in told(await home(stage, BO))
    stage.clock.advance(2 * 24 * 3600)
    assert "Promised and overdue" in told(await home(stage, BO))


async def test_the_page_is_made_anew_on_request(stage: Stage):
    page = await home(stage)
    await stage.sandbox.shelf.fire("error")
    await stage.card("nobody has it yet")
    assert "remaining connection slots" in told(await press(stage, page, "triage_refresh", "refresh"))


async def test_what_a_modal_that_was_opened_here_did_is_on_the_page(stage: Stage):
    await stage.sandbox.shelf.fire("error")
    await stage.card("nobody has it yet")
    page = await home(stage)
    block = next(b for b in page.blocks if "open" in b["block_id"] and b["type"] == "actions")
    assert (await stage.sandbox.people.click_in_view(ANA, page.id, "alert_ask", block_id=block["block_id"])).ok
    view = await stage.modal(ANA)
    await stage.click(BO, await stage.card(), "alert_acknowledge")  # meanwhile, elsewhere
    await stage.card("bo has it")
    known = page.hash
    assert (await stage.sandbox.people.submit(ANA, view.id, {"question": "who has it?"})).ok
    anew = await stage.until(lambda: _newer(stage, ANA, known))
    assert "bo has it since" in told(anew)


async def test_a_page_that_its_reader_has_just_seen_follows_what_they_do_elsewhere(stage: Stage):
    await stage.sandbox.shelf.fire("error")
    card = await stage.card("nobody has it yet")
    known = (await home(stage)).hash
    await stage.click(ANA, card, "alert_acknowledge")
    anew = await stage.until(lambda: _newer(stage, ANA, known))
    assert "ana has it since" in told(anew)
