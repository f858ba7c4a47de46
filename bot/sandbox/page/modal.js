// The open modal, in a native dialog: it keeps the focus inside and Esc closes it.

import { act } from "./api.js";
import { blocks } from "./blocks.js";
import { h } from "./dom.js";
import { valuesIn } from "./fields.js";

let shown = null;
let dialog = null;
let opener = null;

function remember() {
  return dialog ? valuesIn(dialog) : {};
}

function fill(view, context, kept) {
  const inner = {
    ...context, kept, errors: view.errors, scope: view.id, inMessage: false,
    press: (element, block, choice) => act("click_in_view", {
      user: context.user, view: view.id, action_id: element.action_id, block_id: block.block_id, choice, values: valuesIn(dialog),
    }),
  };
  const send = async (event) => {
    event.preventDefault();
    const submit = dialog.querySelector("[data-testid=modal-submit]");
    if (submit?.getAttribute("aria-busy")) return;
    submit?.setAttribute("aria-busy", "true");
    await act("submit", { user: context.user, view: view.id, values: valuesIn(dialog) });
    submit?.removeAttribute("aria-busy");
  };
  const close = () => act("close", { user: context.user, view: view.id });
  return h("form", { onsubmit: send, novalidate: true, "data-view": view.id },
    h("div", { class: "head" }, h("h2", { id: "modal-title" }, view.title.text),
      h("button", { type: "button", class: "plain", "aria-label": "Close", onclick: close }, "✕")),
    view.problem ? h("p", { class: "error", role: "alert" }, view.problem) : null,
    h("div", { class: "body" }, blocks(view.blocks, inner)),
    h("div", { class: "buttons" },
      h("button", { type: "button", class: "button", "data-testid": "modal-close", onclick: close }, view.close?.text ?? "Cancel"),
      view.submit ? h("button", { class: "button primary", "data-testid": "modal-submit" }, view.submit.text) : null));
}

function focusFirst() {
  const target = dialog.querySelector("[autofocus], [aria-invalid=true], [data-action], [data-testid=modal-submit]");
  (target?.tagName === "FIELDSET" ? target.querySelector("input:checked, input") : target)?.focus();
}

export function drawModal(view, context) {
  const print = view && JSON.stringify(view);
  if (print === shown) return;
  const sameView = dialog?.querySelector("form")?.dataset.view === view?.id;
  const kept = sameView ? remember() : {};
  shown = print;
  if (!view) {
    dialog?.close();
    dialog?.remove();
    dialog = null;
    if (opener?.isConnected) opener.focus();
    else if (opener?.dataset.testid) document.querySelector(`[data-testid="${CSS.escape(opener.dataset.testid)}"]`)?.focus();
    return;
  }
  if (!dialog) {
    opener = document.activeElement;
    dialog = h("dialog", { class: "modal", "data-testid": "modal", "aria-labelledby": "modal-title" });
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      const id = dialog.querySelector("form").dataset.view;
      act("close", { user: context.user, view: id });
    });
    document.body.append(dialog);
    dialog.showModal();
  }
  const focused = document.activeElement?.dataset?.testid;
  dialog.replaceChildren(fill(view, context, kept));
  const again = focused && dialog.querySelector(`[data-testid="${CSS.escape(focused)}"]`);
  if (sameView && again && !Object.keys(view.errors).length) again.focus();
  else focusFirst();
}
