// What all editors of the studio share: loading, saving with a revision, checking, leaving.

const CHECK_AFTER = 1200;
const token = () => document.querySelector("meta[name=csrf-token]")?.content ?? "";

async function post(address, body) {
  const answer = await fetch(address, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "accept": "application/json",
      "x-csrf-token": token(),
    },
    body: JSON.stringify(body),
  });
  const kind = answer.headers.get("content-type") ?? "";
  const told = kind.includes("json") ? await answer.json() : {};
  return { ok: answer.ok, status: answer.status, ...told };
}

/** Offer a text as a file, without asking the server. */
export function download(name, content, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

export class Session {
  /** One open file: `config` came from the server, `read` gives the present content. */
  constructor(root, config, read) {
    this.root = root;
    this.config = config;
    this.read = read;
    this.dirty = false;
    this.saving = false;
    this.asked = 0;
    this.status = root.querySelector("[data-status]");
    this.onProblems = () => {};
    this.wire();
  }

  text(key, values = {}) {
    const found = this.config.texts[key] ?? key;
    return found.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
  }

  wire() {
    window.addEventListener("beforeunload", (event) => {
      if (this.dirty) event.preventDefault();
    });
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
        event.preventDefault();
        this.save();
      }
    });
    this.action("save", () => this.save());
    for (const link of document.querySelectorAll("[data-after-save]")) {
      link.addEventListener("click", (event) => this.leaveSaved(event));
    }
  }

  action(name, handler) {
    for (const button of this.root.querySelectorAll(`[data-action="${name}"]`)) {
      button.addEventListener("click", handler);
    }
  }

  /** A link or button that needs the saved state saves first and goes on only if that worked. */
  async leaveSaved(event) {
    if (!this.dirty) return;
    event.preventDefault();
    const target = event.currentTarget;
    if (await this.save()) target.click();
  }

  say(kind, message) {
    this.status.dataset.kind = kind;
    this.status.textContent = message;
  }

  changed() {
    if (!this.config.editable) return;
    this.dirty = true;
    this.say("dirty", this.text("unsaved"));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), CHECK_AFTER);
  }

  /** Ask for faults; an answer that was overtaken by a later question says nothing any more. */
  async check() {
    const mine = ++this.asked;
    const content = await this.read();
    const answer = await post(this.config.check, { content });
    if (answer.problems && mine === this.asked) this.onProblems(answer.problems);
  }

  /** Whether an expression is sound: null, or what is wrong with it. */
  async checkExpression(expression) {
    const answer = await post(this.config.expression, { expression });
    return answer.problem ?? null;
  }

  async save() {
    if (!this.config.editable || this.saving) return false;
    this.saving = true;
    clearTimeout(this.timer);
    this.say("busy", this.text("saving"));
    try {
      return await this.send(await this.read());
    } catch (error) {
      console.error(error);
      this.say("failed", this.text("save_failed"));
      return false;
    } finally {
      this.saving = false;
    }
  }

  /** A shared file becomes the programme's own with its first change; the page follows it. */
  moved(place) {
    const before = this.config.file;
    this.config = { ...this.config, ...place };
    if (this.config.file !== before) history.replaceState(null, "", this.config.page);
  }

  async send(content) {
    this.asked += 1;
    const answer = await post(this.config.save, { revision: this.config.revision, content });
    if (answer.ok) this.moved({ ...answer.file, revision: answer.revision });
    if (answer.problems) this.onProblems(answer.problems);
    if (!answer.ok) {
      this.say("failed", answer.message ?? this.text("save_failed"));
      return false;
    }
    this.dirty = content !== (await this.read());
    this.say("saved", answer.message);
    this.onSaved?.(answer);
    return true;
  }
}

/** Load the file a page is about and start its session. */
export async function open(root, read) {
  const answer = await fetch(root.dataset.source, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status} ${root.dataset.source}`);
  return new Session(root, await answer.json(), read);
}
