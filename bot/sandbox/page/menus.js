// The "more" menu of a message and the question before a grave action.

import { text } from "./blocks.js";
import { h } from "./dom.js";

export function menu(element, label, choose) {
  const items = h("div", { class: "menu", role: "menu", hidden: true });
  const close = (refocus) => {
    items.hidden = true;
    opener.setAttribute("aria-expanded", "false");
    if (refocus) opener.focus();
  };
  const opener = h("button", {
    type: "button", class: "button more", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": "More actions",
    "data-testid": `button-${element.action_id}`,
    onclick: () => {
      if (!items.hidden) return close(true);
      items.hidden = false;
      const space = opener.getBoundingClientRect().top - opener.closest(".log, .body, body").getBoundingClientRect().top;
      items.classList.toggle("below", space < items.offsetHeight + 8);
      opener.setAttribute("aria-expanded", "true");
      items.firstElementChild.focus();
    },
  }, "⋯");
  items.append(...element.options.map((option) => h("button", {
    type: "button", role: "menuitem", tabindex: "-1", "data-testid": `option-${option.value}`,
    onclick: () => {
      close(true);
      choose(option);
    },
  }, label(option))));
  items.addEventListener("keydown", (event) => {
    const all = [...items.children];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
    if (event.key === "Escape") close(true);
    if (step || event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
    }
  });
  items.addEventListener("focusout", (event) => {
    if (!items.contains(event.relatedTarget) && event.relatedTarget !== opener) close(false);
  });
  return h("span", { class: "menu-at" }, opener, items);
}

export function confirmed(question, context) {
  return new Promise((resolve) => {
    const dialog = h("dialog", { class: "modal small", "data-testid": "confirm", "aria-labelledby": "confirm-title" },
      h("h2", { id: "confirm-title" }, text(question.title, context)),
      h("p", {}, text(question.text, context)),
      h("div", { class: "buttons" },
        h("button", { type: "button", class: "button", onclick: () => dialog.close("no") }, text(question.deny, context)),
        h("button", {
          type: "button", class: `button ${question.style === "danger" ? "danger" : "primary"}`, "data-testid": "confirm-yes",
          onclick: () => dialog.close("yes"),
        }, text(question.confirm, context))));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
