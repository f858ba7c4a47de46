// The page's way to the sandbox.

async function ask(path, body) {
  const options = body === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  };
  try {
    const response = await fetch(path, options);
    const type = response.headers.get("Content-Type") || "";
    if (type.startsWith("application/json")) return await response.json();
    return { ok: false, problem: await response.text() };
  } catch {
    return { ok: false, problem: "the sandbox does not answer" };
  }
}

export const state = (user) => ask(`/page/state?user=${encodeURIComponent(user)}`);
export const act = (deed, body) => ask(`/page/do/${deed}`, body);
export const elsewhere = (deed, body) => ask(`/page/elsewhere/${deed}`, body);
export const fire = (name) => ask(`/page/fire/${encodeURIComponent(name)}`, {});
export const storm = (name) => ask(`/page/storm/${encodeURIComponent(name)}`, {});
export const paste = (resource, body) => ask("/page/paste", { resource, body });
export const changes = () => new EventSource("/page/changes");
