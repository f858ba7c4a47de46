// PagerDuty and Sentry: what stands there, and buttons for what people do there.

import { elsewhere } from "./api.js";
import { h, patch } from "./dom.js";
import { inline } from "./markdown.js";

const LABELS = {
  pagerduty_acknowledge: "Acknowledge", pagerduty_reassign: "Reassign", pagerduty_resolve: "Resolve",
  sentry_resolve: "Resolve", sentry_archive: "Archive", sentry_regress: "It happens again", sentry_comment: "Comment",
};

async function press(event, deed, id, words, toast) {
  const button = event.currentTarget;
  if (button.getAttribute("aria-busy")) return; // a double click is one click
  button.setAttribute("aria-busy", "true");
  const outcome = await elsewhere(deed, { id, words });
  button.removeAttribute("aria-busy");
  if (!outcome.ok) toast(outcome.problem || "Nobody can do that there now.");
}

function comment(entry, toast) {
  const input = h("input", { "aria-label": `Comment on ${entry.title}`, placeholder: "Comment", autocomplete: "off", "data-testid": `words-${entry.id}` });
  const form = h("form", {}, input, h("button", { class: "button", "data-testid": `sentry_comment-${entry.id}` }, LABELS.sentry_comment));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const words = input.value.trim();
    if (!words) return;
    input.value = "";
    await press({ currentTarget: form.querySelector("button") }, "sentry_comment", entry.id, words, toast);
  });
  return form;
}

function item(entry, toast) {
  const quick = entry.deeds.filter((deed) => deed !== "sentry_comment");
  return h("li", {},
    h("p", { class: "what", title: entry.title }, entry.title),
    h("p", { class: "how" }, h("b", {}, entry.state), entry.who ? ` · ${entry.who}` : ""),
    (entry.notes ?? []).map((note) => h("p", { class: "note", title: note.text }, `${note.by}: `, inline(note.text))),
    quick.length ? h("div", { class: "deeds" }, quick.map((deed) => h("button", {
      type: "button", class: "button", "data-testid": `${deed}-${entry.id}`, "aria-label": `${LABELS[deed]}: ${entry.title}`,
      onclick: (event) => press(event, deed, entry.id, "", toast),
    }, LABELS[deed]))) : "",
    entry.deeds.includes("sentry_comment") ? comment(entry, toast) : "");
}

export function drawElsewhere(state, toast) {
  for (const [place, entries] of [["pagerduty", state.incidents], ["sentry", state.issues]]) {
    const section = document.querySelector(`#${place}`);
    section.hidden = !entries.length;
    patch(section.querySelector("ul"), entries, (entry) => entry.id, (entry) => item(entry, toast));
  }
}
