// Slack's mrkdwn as DOM nodes. A strict reader: what Slack would make live is shown live, everything else is text.

import { h, link } from "./dom.js";

const EMOJI = {
  red_circle: "🔴", large_orange_circle: "🟠", large_yellow_circle: "🟡", large_green_circle: "🟢",
  large_blue_circle: "🔵", white_circle: "⚪", black_circle: "⚫", large_purple_circle: "🟣",
  white_check_mark: "✅", heavy_check_mark: "✔️", warning: "⚠️", rotating_light: "🚨", eyes: "👀", zzz: "💤",
  hourglass_flowing_sand: "⏳", speech_balloon: "💬", bulb: "💡", lock: "🔒", bell: "🔔", no_bell: "🔕", fire: "🔥",
  bug: "🐛", thumbsup: "👍", "+1": "👍", thumbsdown: "👎", "-1": "👎", tada: "🎉", robot_face: "🤖", mag: "🔍",
  pager: "📟", link: "🔗", arrows_counterclockwise: "🔄", x: "❌", question: "❓", memo: "📝", wrench: "🔧",
};

const unescape = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

const DOTS = { "🔴": "red", "🟠": "orange", "🟡": "yellow", "🟢": "green", "🔵": "blue", "🟣": "purple", "⚪": "white", "⚫": "black" };

// Text with its :names: made into emoji. The circles are drawn: not every machine has a font with them.
export function emojis(text) {
  const named = text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] ?? whole);
  return named.split(/([🔴🟠🟡🟢🔵🟣⚪⚫]\ufe0f?)/u).filter(Boolean).map((part) => {
    const colour = DOTS[part.replace("\ufe0f", "")];
    return colour ? h("span", { class: `dot ${colour}`, role: "img", "aria-label": `${colour} circle` }) : part;
  });
}

const DATE_PARTS = {
  date_num: (d) => d.toISOString().slice(0, 10),
  date: (d) => d.toLocaleDateString([], { year: "numeric", month: "long", day: "numeric" }),
  date_short: (d) => d.toLocaleDateString([], { year: "numeric", month: "short", day: "numeric" }),
  date_long: (d) => d.toLocaleDateString([], { weekday: "long", year: "numeric", month: "long", day: "numeric" }),
  time: (d) => d.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }),
  time_secs: (d) => d.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" }),
  ago: (d) => {
    const minutes = Math.round((Date.now() - d.getTime()) / 60000);
    const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
    if (Math.abs(minutes) < 60) return words.format(-minutes, "minute");
    return Math.abs(minutes) < 2880 ? words.format(-Math.round(minutes / 60), "hour")
      : words.format(-Math.round(minutes / 1440), "day");
  },
};

function pretty(date, name) {
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 86400000);
  const near = { 0: "today", 1: "yesterday", "-1": "tomorrow" }[days];
  return near ?? DATE_PARTS[name.replace("_pretty", "")](date);
}

export function dateNode(seconds, format, fallback, url) {
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return document.createTextNode(fallback);
  const text = format.replace(/\{([a-z_]+)\}/g, (whole, name) => {
    if (name.endsWith("_pretty")) return pretty(date, name);
    return DATE_PARTS[name] ? DATE_PARTS[name](date) : whole;
  });
  const node = h("time", { datetime: date.toISOString(), title: date.toLocaleString() }, text);
  return url ? link(url, node) : node;
}

export function mention(id, people) {
  const person = people.get(id);
  return h("span", { class: "mention" }, `@${person ? person.name : id}`);
}

const broadcast = (range) => h("span", { class: "mention loud" }, `@${range}`);

function entity(inside, people) {
  const [target, label] = inside.split(/\|(.*)/s);
  if (target.startsWith("@")) return mention(target.slice(1), people);
  if (target.startsWith("#")) return h("span", { class: "mention" }, `#${label || target.slice(1)}`);
  if (target.startsWith("!date^")) {
    const [, seconds, format, url] = target.split("^");
    return dateNode(seconds, unescape(format || ""), unescape(label || ""), url);
  }
  if (target.startsWith("!subteam^")) return h("span", { class: "mention loud" }, unescape(label || "@group"));
  if (/^!(here|channel|everyone)$/.test(target)) return broadcast(target.slice(1));
  return link(unescape(target), unescape(label || target));
}

const SPANS = [
  [/^```\n?([\s\S]+?)\n?```/, (m) => h("pre", {}, unescape(m[1]))],
  [/^`([^`\n]+)`/, (m) => h("code", {}, unescape(m[1]))],
  [/^<([^<>\n]+)>/, (m, context) => entity(m[1], context.people)],
  [/^\*(?!\s)([^*\n]+?)(?<!\s)\*(?![\w*])/, (m, context) => h("strong", {}, spans(m[1], context))],
  [/^_(?!\s)([^_\n]+?)(?<!\s)_(?![\w_])/, (m, context) => h("em", {}, spans(m[1], context))],
  [/^~(?!\s)([^~\n]+?)(?<!\s)~(?![\w~])/, (m, context) => h("s", {}, spans(m[1], context))],
  [/^\n/, () => h("br")],
];
// Only without `verbatim` does Slack look for these by itself.
const AUTOMATIC = [
  [/^https?:\/\/[^\s<>|]+/, (m) => link(unescape(m[0]), unescape(m[0]))],
  [/^@(here|channel|everyone)\b/, (m) => broadcast(m[1])],
];
const WORD = /[\p{L}\p{N}]/u;

function spans(text, context) {
  const rules = context.verbatim ? SPANS : [...SPANS, ...AUTOMATIC];
  const nodes = [];
  let plain = "";
  let rest = text;
  while (rest) {
    const inWord = WORD.test(plain.at(-1) ?? "") && !/^[\n<]/.test(rest);
    const rule = inWord ? undefined : rules.find(([pattern]) => pattern.test(rest));
    if (!rule) {
      plain += rest[0];
      rest = rest.slice(1);
      continue;
    }
    if (plain) nodes.push(...emojis(unescape(plain)));
    plain = "";
    const match = rule[0].exec(rest);
    nodes.push(rule[1](match, context));
    rest = rest.slice(match[0].length);
  }
  if (plain) nodes.push(...emojis(unescape(plain)));
  return nodes;
}

// The whole of a text object or of a message's text: quotes are lines, the rest runs on.
export function mrkdwn(text, people, verbatim = false) {
  const context = { people, verbatim };
  const parts = text.split(/((?:^&gt; ?.*(?:\n|$))+)/m).filter(Boolean);
  return parts.flatMap((part) => {
    if (!part.startsWith("&gt;")) return spans(part, context);
    return h("blockquote", {}, spans(part.replace(/^&gt; ?/gm, "").replace(/\n$/, ""), context));
  });
}
