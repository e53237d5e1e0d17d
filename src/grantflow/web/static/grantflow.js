// What pages do beyond links and forms. Everything here also works without it, only less comfortably.
(() => {
  "use strict";

  const csrf = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

  // htmx sends the token of the session in a header.
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRF-Token"] = csrf();
  });

  // A menu closes on Escape and on a click beside it.
  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details.gf-menu[open]")) {
      if (menu !== except) menu.open = false;
    }
  };
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.gf-menu")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector("details.gf-menu[open]");
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  });

  // The error summary takes the focus, so that a screen reader begins with it.
  const focusSummary = () => document.querySelector("[data-error-summary]")?.focus();

  // One click is enough: a second click on a button that is being answered does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) {
      event.preventDefault();
      return;
    }
    if (form.dataset.ended) {
      event.preventDefault();
      save(form);
      return;
    }
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    if (event.submitter?.dataset.main && isBehind(form)) {
      event.preventDefault();
      catchUp(form, event.submitter);
      return;
    }
    form.dataset.sent = "yes";
    window.clearTimeout(unsaved.get(form));
    unsaved.delete(form);
    window.setTimeout(() => delete form.dataset.sent, 4000);
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  // Drafts: what is typed is saved after a short rest, and once more when the page is left.
  const unsaved = new Map();
  const saving = new Map();
  const REST = 800;

  const status = (form, text, failed) => {
    const place = form.querySelector("[data-saved]");
    if (!place) return;
    place.textContent = text;
    place.classList.toggle("gf-saved--failed", Boolean(failed));
  };

  const save = (form) => {
    const done = send(form).finally(() => saving.get(form) === done && saving.delete(form));
    saving.set(form, done);
    return done;
  };
  const send = async (form, again) => {
    unsaved.delete(form);
    if (!form.isConnected) return;
    delete form.dataset.ended;
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string") body.append(name, value);
    }
    try {
      const answer = await fetch(form.dataset.draft, {
        method: "POST",
        body,
        headers: { "X-CSRF-Token": csrf(), "HX-Request": "true" },
        redirect: "manual",
        keepalive: body.toString().length < 60000,
      });
      if (answer.headers.get("hx-redirect") || answer.status === 403) {
        if (!again && (await renewToken())) return send(form, true);
        return ended(form);
      }
      if (!answer.ok) throw new Error(String(answer.status));
      apply(form, await answer.text());
    } catch {
      status(form, form.dataset.draftFailed, true);
    }
  };

  // The session ended while somebody wrote: the page keeps what is there. After signing in again in
  // another tab, the new token is fetched and everything goes on.
  const renewToken = async () => {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || new URL(answer.url).pathname !== location.pathname) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector('meta[name="csrf-token"]')?.content;
    if (!fresh) return false;
    document.querySelector('meta[name="csrf-token"]').content = fresh;
    for (const field of document.querySelectorAll('input[name="_csrf"]')) field.value = fresh;
    return true;
  };
  const ended = (form) => {
    const place = form.querySelector("[data-saved]");
    if (!place) return;
    const link = document.createElement("a");
    link.href = `/sign-in?next=${encodeURIComponent(location.pathname)}`;
    link.target = "_blank";
    link.className = "kern-link";
    link.textContent = form.dataset.signIn;
    place.replaceChildren(form.dataset.sessionEnded, " ", link);
    place.classList.add("gf-saved--failed");
    form.dataset.ended = "yes";
  };

  // A field that appears between pressing and releasing the mouse would push the button away from
  // under it, and the click would be lost: what is to be shown then waits until the click is done.
  let pressed = false;
  const held = [];
  const letGo = () => window.setTimeout(() => {
    pressed = false;
    for (const show of held.splice(0)) show();
  });
  document.addEventListener("pointerdown", () => (pressed = true), true);
  document.addEventListener("pointerup", letGo, true);
  document.addEventListener("pointercancel", letGo, true);

  // The answer holds the fields that are computed or whose visibility changed, by their id.
  const apply = (form, html) => {
    if (pressed) {
      held.push(() => form.isConnected && apply(form, html));
      return;
    }
    const fragment = new DOMParser().parseFromString(html, "text/html");
    const message = fragment.querySelector("[data-saved-text]");
    if (message) status(form, message.textContent.trim(), false);
    for (const part of fragment.querySelectorAll("[data-live]")) {
      const here = document.getElementById(part.id);
      if (!here || here.contains(document.activeElement)) continue;
      if (part.dataset.live === "visibility" && here.hidden === part.hidden) continue;
      const fresh = document.importNode(part, true);
      here.replaceWith(fresh);
      prepare(fresh);
    }
  };

  // Whether fields may be about to appear that nobody has seen yet.
  const isBehind = (form) => unsaved.has(form) || saving.has(form) || held.length > 0;
  const shown = (form) => [...form.querySelectorAll("[data-live]:not([hidden])")].map((part) => part.id);

  // Before a form is sent the page shows what hangs on the last answers; what has to be answered
  // and was not there when somebody clicked keeps the form back, so that nobody is refused for it.
  const catchUp = async (form, button) => {
    const before = new Set(shown(form));
    await saving.get(form);
    if (unsaved.has(form)) {
      window.clearTimeout(unsaved.get(form));
      await save(form);
    }
    await new Promise((go) => window.setTimeout(go, 20)); // what the click held back is shown
    if (!form.isConnected || form.dataset.ended) return;
    const fresh = shown(form).filter((id) => !before.has(id)).map((id) => document.getElementById(id));
    const asked = fresh.find((part) => part.matches("[data-required], :has([data-required])"));
    const field = asked?.querySelector("input:not([type=hidden]), select, textarea");
    if (!field) {
      form.requestSubmit(button.isConnected ? button : undefined);
      return;
    }
    status(form, form.dataset.appeared, true);
    field.focus();
  };

  const touched = (event) => {
    const form = event.target.closest("form[data-draft]");
    if (!form || event.target.type === "file") return;
    window.clearTimeout(unsaved.get(form));
    unsaved.set(form, window.setTimeout(() => save(form), REST));
  };
  // A button sends the whole form itself; an older state must not arrive after it.
  document.addEventListener("htmx:beforeRequest", () => {
    for (const timer of unsaved.values()) window.clearTimeout(timer);
    unsaved.clear();
  });
  document.addEventListener("input", touched);
  document.addEventListener("change", touched);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden") return;
    for (const form of [...unsaved.keys()]) {
      window.clearTimeout(unsaved.get(form));
      save(form);
    }
  });

  // How many characters are left.
  const count = (field) => {
    const place = document.getElementById(field.dataset.count);
    if (place) place.textContent = place.dataset.text.replace("{count}", field.maxLength - field.value.length);
  };
  document.addEventListener("input", (event) => event.target.dataset?.count && count(event.target));
  const prepare = (root) => root.querySelectorAll("[data-count]").forEach(count);

  // A chosen file goes at once; without scripts there is a button.
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (input.type !== "file" || !input.dataset.auto || !input.files.length) return;
    const button = document.getElementById(input.dataset.auto);
    if (button) input.form.requestSubmit(button);
  });
  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      const zone = event.target.closest?.(".gf-upload");
      if (zone) zone.classList.toggle("gf-upload--over", name === "dragenter" || name === "dragover");
    });
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  document.addEventListener("htmx:load", (event) => prepare(event.target));
  document.addEventListener("htmx:afterSettle", focusSummary);
  const ready = () => {
    document.documentElement.classList.add("gf-js");
    prepare(document);
    focusSummary();
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready);
  else ready();
})();
