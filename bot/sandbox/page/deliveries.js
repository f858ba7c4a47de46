// The shelf of Sentry's deliveries, the paste box and the journal.

import { fire, paste, storm } from "./api.js";
import { clock, h, patch } from "./dom.js";

const results = new Map();

function show(node, receipt) {
  const good = !receipt.problem;
  const slow = receipt.ms > 1000 ? " · slower than Sentry waits (1 s)" : "";
  node.className = `result ${good ? "good" : "bad"}`;
  node.replaceChildren(
    h("b", {}, receipt.status ? String(receipt.status) : "failed"), ` in ${receipt.ms ?? 0} ms${slow}`,
    receipt.problem ? h("span", {}, ` · ${receipt.problem}`) : "",
    receipt.answer ? h("code", {}, receipt.answer) : "");
}

function result(name) {
  if (!results.has(name)) results.set(name, h("p", { class: "result", "data-testid": `result-${name}`, role: "status" }));
  return results.get(name);
}

export async function deliver(button, name, send = () => fire(name)) {
  if (button.getAttribute("aria-busy")) return null; // a double click is one click
  button.setAttribute("aria-busy", "true");
  const receipt = await send();
  show(result(name), receipt);
  button.removeAttribute("aria-busy");
  return receipt;
}

function item(entry) {
  const send = entry.storm ? () => storm(entry.storm) : undefined;
  return h("li", {},
    h("button", { type: "button", class: "shelf-item", "data-testid": `shelf-${entry.name}`, onclick: (e) => deliver(e.currentTarget, entry.name, send) },
      h("b", {}, entry.title), h("small", {}, entry.note)),
    result(entry.name));
}

const STORMS = [
  { name: "storm", storm: "repeats", title: "A flood: 120 events at once", note: "error · the database issue, fresh event ids" },
  { name: "deploy", storm: "deploy", title: "A bad deploy: 12 issues at once", note: "error · different errors of one release become one storm card" },
  { name: "upstream", storm: "upstream", title: "A dead upstream: 6 issues at once", note: "error · different services wait for the same one" },
];

export function drawShelf(state) {
  patch(document.querySelector("#shelf"), [...state.shelf.slice(0, 2), ...STORMS, ...state.shelf.slice(2)], (e) => e.name, item);
  const resource = document.querySelector("#paste-resource");
  if (!resource.options.length) resource.append(...state.resources.map((name) => h("option", { value: name }, name)));
}

export function drawJournal(entries) {
  if (!document.querySelector("#journal-fold").open) return;
  patch(document.querySelector("#journal"), entries, (e) => String(e.number), (e) => h("li", { class: e.ok ? "" : "bad" },
    h("time", {}, clock(e.at)), h("b", {}, `${e.way === "in" ? "←" : "→"} ${e.what}`),
    h("span", { class: "outcome" }, e.ms === undefined ? e.outcome : `${e.outcome} · ${e.ms} ms`),
    h("span", { class: "about" }, e.about)));
}

export function startDeliveries(redraw) {
  document.querySelector("#journal-fold").addEventListener("toggle", redraw);
  document.querySelector("#paste-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = document.querySelector("#paste-body").value;
    show(document.querySelector("#paste-result"), await paste(document.querySelector("#paste-resource").value, body));
  });
}
