// The page: fetches what the person sees after each change and draws it. It holds no truth of its own.

import * as api from "./api.js";
import { blocks } from "./blocks.js";
import { deliver, drawJournal, drawShelf, startDeliveries } from "./deliveries.js";
import { h, nobodyPresses, patch } from "./dom.js";
import { drawElsewhere } from "./elsewhere.js";
import { drawMessage } from "./messages.js";
import { drawModal } from "./modal.js";

const $ = (selector) => document.querySelector(selector);
const [HOME, ALERTS] = ["home", "C0ALERTS"];
const now = { user: "U0ANA", channel: ALERTS, thread: null, state: null, lost: false };
let announced = null;

function context() {
  return { user: now.user, people: new Map(now.state.users.map((person) => [person.id, person])) };
}

const current = () => now.state.channels.find((channel) => channel.id === now.channel) ?? now.state.channels[0];

function show(view) {
  document.body.dataset.view = view;
  for (const button of document.querySelectorAll(".bottom button")) {
    button.setAttribute("aria-pressed", String(button.dataset.pane === view));
    if (button.dataset.pane === view) button.classList.remove("news");
  }
}

function toast(text) {
  const node = h("p", { class: "toast" }, text,
    h("button", { type: "button", class: "plain", "aria-label": "Dismiss", onclick: () => node.remove() }, "✕"));
  $("#toasts").append(node);
  setTimeout(() => node.remove(), 9000);
}

function openThread(ts) {
  now.thread = ts;
  show("thread");
  draw();
  $("#thread-log").scrollTop = $("#thread-log").scrollHeight;
  $("#thread-title").focus();
}

function closeThread() {
  const ts = now.thread;
  now.thread = null;
  show("channel");
  draw();
  if (ts) document.querySelector(`[data-testid="open-thread-${CSS.escape(ts)}"]`)?.focus();
}

function drawRail() {
  const places = [...now.state.channels.map((channel) => ({
    id: channel.id, name: channel.direct ? channel.name : `# ${channel.name}`,
  })), { id: HOME, name: "Triage · Home" }];
  patch($("#channels"), places.map((place) => ({ ...place, here: place.id === now.channel })), (place) => place.id, (place) => h("li", {},
    h("button", {
      type: "button", "data-testid": `channel-${place.id}`, "aria-current": place.here ? "page" : undefined,
      onclick: () => go(place.id),
    }, place.name)));
}

function go(channel) {
  now.channel = channel;
  now.thread = null;
  show("channel");
  draw();
  $("#timeline").scrollTop = channel === HOME ? 0 : $("#timeline").scrollHeight;
  if (channel === HOME) api.act("home", { user: now.user });
}

function drawHome() {
  $("#channel-name").textContent = "Triage · Home";
  $("#channel-topic").textContent = "What the bot publishes for you";
  $("#composer").hidden = true;
  const view = now.state.home;
  const inner = {
    ...context(), scope: "home", inMessage: true,
    press: (element, block, choice) => api.act("click_in_view", {
      user: now.user, view: view.id, action_id: element.action_id, block_id: block.block_id, choice,
    }),
  };
  patch($("#timeline"), [{ id: "home", view }], (item) => item.id, () => h("div", { class: "home", "data-testid": "home" },
    view ? blocks(view.blocks, inner) : h("p", { class: "lead" }, "Nothing published yet.")));
}

function drawChannel() {
  const channel = current();
  $("#composer").hidden = false;
  $("#channel-name").textContent = channel.direct ? channel.name : `#${channel.name}`;
  $("#channel-topic").textContent = channel.topic;
  const log = $("#timeline");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  const top = channel.messages.filter((m) => !m.thread_ts || m.thread_ts === m.ts || m.broadcast);
  const empty = { ts: "empty", empty: true };
  patch(log, top.length ? top : [empty], (message) => message.ts, (message) => (message.empty
    ? welcome(channel)
    : drawMessage(message, context(), channel, openThread)));
  if (atEnd) log.scrollTop = log.scrollHeight;
  announce(channel);
}

// What a visitor sees first: what this is, and the one thing to click.
function welcome(channel) {
  if (channel.id !== ALERTS) return h("p", { class: "lead empty" }, `Nothing here yet. The bot's cards come to #alerts.`);
  const breakIt = async (event) => {
    const receipt = await deliver(event.currentTarget, "error");
    if (receipt?.problem) toast(`Nothing was delivered: ${receipt.problem}`);
  };
  return h("div", { class: "empty" },
    h("h2", {}, "Nothing is broken yet"),
    h("p", {}, "Slack, Sentry and PagerDuty are made up here; the bot between them is real. Let Sentry report an error, ",
      "then work on the card that appears: all its buttons do what they say."),
    h("button", { type: "button", class: "button primary", "data-testid": "first-error", onclick: breakIt }, "Break the database"),
    h("p", { class: "lead" }, "More errors, a storm of 120 events, and what people do in Sentry and PagerDuty: see “Deliveries”."));
}

function announce(channel) {
  const newest = channel.messages.at(-1);
  const first = announced === null;
  if (newest && newest.ts !== announced && !first && newest.user !== now.user) {
    $("#live").textContent = `New message: ${newest.text}`;
    if (document.body.dataset.view !== "channel") $("[data-pane=channel]").classList.add("news");
  }
  announced = newest?.ts ?? "";
}

function drawThread() {
  const channel = now.channel === HOME ? null : current();
  const thread = now.thread && channel ? channel.messages.filter((m) => m.ts === now.thread || m.thread_ts === now.thread) : [];
  $("#thread-composer").hidden = !thread.length;
  $("#thread-title").textContent = thread.length ? `Thread in ${channel.direct ? channel.name : `#${channel.name}`}` : "Thread";
  const items = thread.length ? thread : [{ ts: "empty", empty: true }];
  patch($("#thread-log"), items, (m) => m.ts, (m) => (m.empty
    ? h("p", { class: "lead empty" }, "Open a thread from a message in the channel.")
    : drawMessage(m, context(), channel, null)));
}

const seenNotices = new Set();

function drawNotices(first) {
  for (const notice of now.state.notices) {
    const key = `${notice.at} ${notice.text}`;
    if (!seenNotices.has(key) && !first) toast(notice.text);
    seenNotices.add(key);
  }
}

function drawTop() {
  const select = $("#user-switcher");
  const people = now.state.users.filter((person) => !person.bot);
  if (!select.options.length) select.append(...people.map((person) => h("option", { value: person.id }, person.real_name)));
  select.value = now.user;
  drawConnection();
}

function drawConnection() {
  const url = now.state?.bot_url;
  const fine = url ? `The bot runs at ${url} · nothing leaves this machine` : "No bot is connected";
  $("#bot-state").textContent = now.lost ? "The demo has stopped. Start it again with: make demo" : fine;
  $("#bot-state").classList.toggle("lost", now.lost);
}

function connection(lost) {
  const back = now.lost && !lost;
  now.lost = lost;
  drawConnection();
  if (back) refresh();
}

function draw() {
  if (!now.state) return;
  drawTop();
  drawRail();
  if (now.channel === HOME) drawHome();
  else drawChannel();
  drawThread();
  drawElsewhere(now.state, toast);
  drawShelf(now.state);
  drawJournal(now.state.journal);
  drawModal(now.state.modal, context());
}

let fetching = false;
let again = false;

// At most one fetch at a time: a storm of changes costs a handful of redraws.
async function refresh() {
  again = true;
  if (fetching) return;
  fetching = true;
  while (again) {
    again = false;
    const state = await api.state(now.user);
    await nobodyPresses();
    if (state.channels) {
      const first = now.state === null;
      now.state = state;
      draw();
      drawNotices(first);
    }
  }
  fetching = false;
}

async function say(event, inThread) {
  event.preventDefault();
  const input = event.target.querySelector("textarea, input");
  const text = input.value.trim();
  if (!text) return;
  input.value = "";
  const channel = current().id;
  const outcome = text.startsWith("/") && !inThread
    ? await api.act("command", { user: now.user, channel, text })
    : await api.act("write", { user: now.user, channel, text, thread_ts: inThread ? now.thread : undefined });
  if (!outcome.ok && outcome.problem && !text.startsWith("/")) toast(`The bot did not hear it: ${outcome.problem}`);
}

function followHash() {
  const [channel, ts] = location.hash.slice(1).split("/");
  if (!channel || !now.state?.channels.some((known) => known.id === channel)) return;
  go(channel);
  const target = ts && document.querySelector(`[data-testid="message-${CSS.escape(ts)}"]`);
  target?.scrollIntoView({ block: "center" });
  target?.classList.add("found");
}

function start() {
  $("#user-switcher").addEventListener("change", (event) => {
    now.user = event.target.value;
    announced = null;
    refresh();
  });
  $("#composer").addEventListener("submit", (event) => say(event, false));
  $("#composer-text").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault(); // a new line is Shift+Enter, as in Slack; a stack trace is pasted with its lines
    $("#composer").requestSubmit();
  });
  $("#thread-composer").addEventListener("submit", (event) => say(event, true));
  $("#thread-close").addEventListener("click", closeThread);
  $("#thread").addEventListener("keydown", (event) => event.key === "Escape" && closeThread());
  for (const button of document.querySelectorAll(".bottom button")) {
    button.addEventListener("click", () => show(button.dataset.pane));
  }
  startDeliveries(draw);
  show("channel");
  window.addEventListener("hashchange", followHash);
  refresh().then(followHash);
  const changes = api.changes();
  changes.addEventListener("message", refresh);
  changes.addEventListener("open", () => connection(false));
  changes.addEventListener("error", () => connection(true));
}

start();
