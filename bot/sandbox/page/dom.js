// Small helpers for building nodes. Text only ever goes in as text: nothing here takes HTML.

export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

// Only these may become an href: a link in a message comes from whoever caused the error.
export function safeHref(url) {
  try {
    const parsed = new URL(url);
    return ["http:", "https:", "mailto:"].includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}

export function link(url, label) {
  const href = safeHref(url);
  if (!href) return h("span", { class: "dead-link", title: "not a web address" }, label);
  return h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, label);
}

// Replace only what changed, so that focus, selection and open menus survive a redraw.
export function patch(parent, items, key, draw) {
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  const focus = focusIn(parent);
  const wanted = items.map((item) => {
    const id = key(item);
    const print = JSON.stringify(item);
    const known = old.get(id);
    if (known && known.dataset.print === print) return known;
    const node = draw(item);
    node.dataset.key = id;
    node.dataset.print = print;
    return node;
  });
  const same = new Set(wanted);
  for (const node of [...parent.children]) if (!same.has(node)) node.remove();
  // What stays is left where it is: a node that is taken out and put back loses its focus and the press on it.
  wanted.forEach((node, i) => node !== parent.children[i] && parent.insertBefore(node, parent.children[i] ?? null));
  if (focus && document.activeElement === document.body) {
    const home = wanted.find((node) => node.dataset.key === focus.key);
    // Where the button is gone, the focus stays at its message, never on the button that took its place.
    const again = focus.find(home) ?? home;
    if (again?.dataset.key) again.tabIndex = -1; // a message, which a second redraw has made anew
    again?.focus();
  }
}

// What has the focus inside `parent`, and how to find it once it was drawn anew: by its name, a link by its words.
function focusIn(parent) {
  const held = document.activeElement;
  if (!parent.contains(held)) return null;
  const { testid } = held.dataset;
  return {
    key: held.closest("[data-key]")?.dataset.key,
    find: (home) => (testid ? parent.querySelector(`[data-testid="${CSS.escape(testid)}"]`)
      : [...(home?.querySelectorAll(held.tagName) ?? [])].find((node) => node.textContent === held.textContent)),
  };
}

// A browser makes no click of a press whose button was replaced before it was let go: whoever redraws waits for this.
let letGo = Promise.resolve();

export const nobodyPresses = () => letGo;

document.addEventListener("pointerdown", (press) => {
  if (!press.target.closest("button, a")) return;
  letGo = new Promise((resolve) => {
    const done = new AbortController();
    for (const end of ["pointerup", "pointercancel", "blur"]) {
      window.addEventListener(end, () => { done.abort(); setTimeout(resolve); }, { signal: done.signal }); // after the click
    }
  });
});

export function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}
