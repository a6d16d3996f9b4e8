// The island of the document page: the text that the server wrote becomes one that people write
// together. What it needs from the page are its parts (data-part) and its sentences.
import { gapCursor } from "prosemirror-gapcursor";
import { EditorState, Plugin } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import * as Y from "yjs";
import type { Announcer } from "./announce.ts";
import { takeEarly } from "../early.ts";
import type { Config as Unsent } from "../unsent/index.ts";
import { carets } from "./binding/carets.ts";
import { Binding, mirror, version } from "./binding/index.ts";
import { isEmpty, nodeViews } from "./card.ts";
import { forgetCopies, forgetCopy, hasAsides, isCopy, lastEpoch, openCopy, setAside, shelf } from "./copy.ts";
import { type Config, part, readConfig, type Say, sayer } from "./config.ts";
import { given } from "./given.ts";
import { flowSchema } from "./schema.ts";
import { newID } from "./id.ts";
import { keys } from "./keymap.ts";
import { Keys } from "./keys.ts";
import { late } from "./late.ts";
import { Losses } from "./losses.ts";
import { Notices } from "./notice.ts";
import { present, selectionClass, showPresence } from "./presence.ts";
import { LiveProvider, type Status } from "./provider.ts";
import type { Restored } from "./restored.ts";
import { SavedVoice, Voice } from "./voice.ts";
import { Anchor, keepPlace, toWhereOneWas } from "./where.ts";
import { Whereabouts } from "./whereabouts.ts";

/** For the island "unsent"; see offer.ts. */
export async function offer(root: HTMLElement, config: Unsent): Promise<void> {
  await (await import("./offer.ts")).offer(root, config, shelf);
}

/** The cards of a programme, and their parts. */
const cards = { requirement: ["statement", "rationale"] };

const keyPatience = 1500; // milliseconds that the key of a new requirement may take before it is said without
const calm = 500; // milliseconds without a change before it is said that all is saved

export function start(root: HTMLElement): void {
  new DocumentPage(root);
}

class DocumentPage {
  readonly #root: HTMLElement;
  readonly #config: Config;
  readonly #say: Say;
  readonly #doc = new Y.Doc();
  readonly #provider: LiveProvider;
  readonly #keys: Keys;
  readonly #whereabouts: Whereabouts;
  readonly #voice: Voice;
  readonly #savedVoice: SavedVoice;
  /** What listens to others, and comes after the text. */
  #listening: { announcer: Announcer; restored: Restored } | undefined;
  readonly #notices: Notices;
  #editor: { view: EditorView; binding: Binding } | undefined;
  #writing = false; // the editor is bound to the shared text itself, not to a copy to look at
  #reading = false; // the reader chose only to read
  #editable = false; // one can write in it now
  #covered = 0; // pixels of the screen above the text
  readonly #anchor = new Anchor();
  #asked = false; // for the text to read meanwhile
  #line: Status["line"] = "connecting";
  #calm: ReturnType<typeof setTimeout> | undefined;
  #end: (() => void)[] = [];

  constructor(root: HTMLElement) {
    this.#root = root;
    this.#config = readConfig(root);
    this.#say = sayer(this.#config.texts);
    const { document: name, person, confidential } = this.#config;
    const keep = !confidential && person !== "" && "indexedDB" in window;
    forgetCopies(person);
    const epoch = keep ? lastEpoch(person, name) : undefined;
    this.#provider = new LiveProvider({
      doc: this.#doc,
      ticket: this.#config.ticket,
      socket: socketAddress(this.#config.socket),
      csrf: this.#config.csrf,
      early: takeEarly(name, version),
      given: given(),
      schema: version,
      receive: (update, origin) => {
        if (this.#editor && this.#writing) this.#editor.binding.receive(update, origin);
        else Y.applyUpdate(this.#doc, update, origin);
      },
      merge: (known, bringIn) => (this.#editor && this.#writing ? this.#editor.binding.merge(known, bringIn) : bringIn()),
      mode: this.#config.mayWrite ? "write" : "read",
      ...(keep ? { openCopy: (doc, of) => openCopy(doc, person, name, of) } : {}),
      ...(epoch === undefined ? {} : { lastEpoch: epoch }),
    });
    this.#keys = new Keys({
      list: this.#config.keys,
      add: this.#config.add,
      csrf: this.#config.csrf,
      mayWrite: () => this.#mayWrite(this.#provider.status),
    });
    this.#whereabouts = new Whereabouts(this.#provider.awareness);
    this.#voice = new Voice(part(root, "announcements"));
    this.#savedVoice = new SavedVoice((state) => this.#voice.tell(this.#say(`saved_${state}`)));
    this.#notices = new Notices(part(root, "back"), this.#say, this.#voice, () => this.#editor?.view.focus());
    this.#bar();
    this.#openMargin();
    this.#leaving();
    this.#provider.observe((status) => this.#follow(status));
    void this.#provider.start();
    if (keep) void this.#showAsides();
  }

  #mayWrite(status: Status): boolean {
    return status.mode === "write" && !status.outdated && status.line !== "stopped";
  }

  #follow(status: Status): void {
    this.#showStatus(status);
    if (status.line === "live" && this.#line !== "live") void this.#keys.settle();
    this.#line = status.line;
    if ((status.why === "forbidden" || status.why === "gone") && !this.#provider.dirty) {
      forgetCopy(this.#config.person, this.#config.document); // what may not be read any more stays nowhere
    }
    if (status.line === "stopped" && status.why === "epoch") return this.#otherEpoch();
    if (status.why === "content") setAside(this.#config.person, this.#config.document, "content"); // or it is offered again
    if (!status.loaded) return this.#wait(status.line);
    const write = this.#mayWrite(status);
    const wrote = this.#editable;
    if (!this.#anchor.arrived) void this.#keys.refresh(); // not before: over a narrow line the text needs all of it
    if (!this.#editor || (write && !this.#writing)) {
      this.#mount(write);
    } else if (!write && this.#writing && status.line !== "stopped") {
      this.#mount(false); // an older editor, or one without the right, must not even be able to write
    }
    const editable = write && !this.#reading;
    if (this.#editor?.view.editable !== editable) this.#turn(editable);
    hide(part(this.#root, "toolbar"), !editable);
    if (editable) this.#notices.clear("line");
    // The keys do nothing from now on: why stands where one is writing too.
    const why = lineWords(status, this.#say);
    if (wrote && !write) this.#notices.show({ what: why || this.#say("line_forbidden"), told: why !== "" }, "line");
  }

  /** The page of whoever may write has no text yet. It says that it comes for as long as that is so; while there
   * is no line, the text that was last saved stands there to read. */
  #wait(line: Status["line"]): void {
    const waiting = this.#root.querySelector<HTMLElement>('[data-part="waiting"]');
    if (!waiting) return;
    hide(waiting, line === "stopped");
    if (line !== "connecting" && !this.#asked) void this.#readSaved();
  }

  async #readSaved(): Promise<void> {
    const text = part(this.#root, "text");
    const address = text.querySelector("a")?.href;
    if (address === undefined) return;
    this.#asked = true;
    try {
      const answer = await fetch(address, { redirect: "error" }); // who is signed out is not taken elsewhere
      const page = new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html");
      const saved = page.getElementById("tekst");
      if (saved && !this.#editor) text.replaceChildren(...saved.childNodes);
    } catch {
      this.#asked = false; // the next attempt at a line asks again
    }
  }

  /** Makes the text one to write in, or one to read. */
  #turn(editable: boolean): void {
    this.#editable = editable;
    this.#editor?.view.setProps({}); // it asks again
    for (const link of part(this.#root, "text").querySelectorAll<HTMLElement>(".sw-requirement__line > a")) {
      link.tabIndex = editable ? -1 : 0;
    }
  }

  /** Puts an editor in place of what the page showed before. */
  #mount(write: boolean): void {
    this.#unmount();
    this.#writing = write;
    this.#editable = write && !this.#reading;
    const say = this.#say;
    const text = part(this.#root, "text");
    const schema = flowSchema(say);
    const [doc, end] = write ? [this.#doc, () => undefined] : mirror(this.#doc);
    this.#end.push(end);
    const binding = new Binding({ doc, schema, cards, newID });
    const tell = (words: string): void => this.#voice.tell(words);
    const added = (id: string): void => void this.#added(id);
    const moved = (card: { kind: string; id: string }): void =>
      void after().then(({ movedWords }) => tell(movedWords(view.state.doc, card, say, this.#keys)));
    const losses = new Losses({
      binding,
      say,
      tell,
      keys: this.#keys,
      notices: this.#notices,
      whereabouts: this.#whereabouts,
    });
    const full = (): void => this.#notices.show({ what: say("tablesFull") }, "tables");
    binding.on("full", full);
    const plugins = [
      binding.plugin(),
      losses.plugin(),
      keys({
        binding,
        say,
        tell,
        added,
        moved,
        askLink: () => void after().then(({ askLink }) => askLink(view)),
        leave: () => this.#goBehind(),
      }),
      late(async () => {
        const { caretLayer, dragging, dropCursor, outline, pasting, removed, toolbar, ...others } = await after();
        if (this.#editor?.binding === binding) this.#listen(binding, others);
        const writing = (): boolean => this.#editor?.view.editable === true;
        const tools = { binding, say, tell, form: this.#config.form, added, moved, writing };
        return {
          clipboard: [
            dragging(binding, moved),
            pasting(schema, {
              cut: () => this.#notices.show({ what: say("pasteCut") }, "paste"),
              room: () => binding.commands.room,
              full,
            }),
          ],
          views: [
            outline(part(this.#root, "outline"), this.#keys, say("pendingKey")),
            caretLayer(binding, this.#provider.awareness),
            dropCursor({ class: "sw-drop-cursor", color: false, width: 2 }),
            removed(this.#root.querySelector<HTMLElement>('[data-part="removed"]'), { binding, keys: this.#keys, say }),
            ...(write ? [toolbar(part(this.#root, "toolbar"), tools)] : []),
          ],
        };
      }),
      carets(binding, { awareness: this.#provider.awareness, chosen: (user) => ({ class: selectionClass(user) }) }),
      gapCursor(),
      emptyHint(),
    ];
    const waited = text.querySelector('[data-part="waiting"]') !== null; // it was not there when the browser looked where we were
    text.replaceChildren();
    const covered = (): number => this.#covered;
    const room = {
      get top() {
        return covered() + 24;
      },
      bottom: 80,
      left: 0,
      right: 0,
    };
    const view = new EditorView(text, {
      state: EditorState.create({ doc: binding.start(), plugins }),
      editable: () => this.#editable,
      nodeViews: nodeViews({ say, keys: this.#keys, form: this.#config.mayWrite ? this.#config.form : "" }),
      // What one cannot write in is text as any other, with no word about keys.
      attributes: (): Record<string, string> => (this.#editable ? writingAttributes(say) : {}),
      scrollMargin: room,
      scrollThreshold: room,
    });
    view.dom.style.setProperty("--sw-hint", JSON.stringify(say("emptyHint")));
    this.#editor = { view, binding };
    Object.defineProperty(view.dom, "editor", { value: view }); // for whoever looks at the page from outside
    this.#anchor.go(view, binding, (what) => this.#notices.show({ what }));
    if (waited) toWhereOneWas(view.dom);
  }

  /** To behind the text; that one is there is said where the focus is, at the foot of the screen, and nowhere else. */
  #goBehind(): void {
    const after = part(this.#root, "after");
    hide(after, false);
    after.focus({ preventScroll: true });
    after.addEventListener("blur", () => hide(after, true), { once: true });
  }

  /** Listens to what others do in this editor, and tells. */
  #listen(binding: Binding, { Announcer, Restored }: Pick<typeof import("./after.ts"), "Announcer" | "Restored">): void {
    const { awareness } = this.#provider;
    const whereabouts = this.#whereabouts;
    this.#listening ??= {
      announcer: new Announcer({
        awareness,
        keys: this.#keys,
        say: this.#say,
        voice: this.#voice,
        whereabouts,
        live: () => this.#provider.status.line === "live",
        kept: isCopy,
        toggle: part(this.#root, "announce"),
      }),
      restored: new Restored({
        awareness,
        whereabouts,
        address: this.#config.restored,
        tell: (what) => this.#notices.show({ what }, "restored"),
      }),
    };
    this.#listening.announcer.follow(binding);
    this.#listening.restored.follow(binding);
  }

  /** Asks for the key of a requirement that was inserted here, and says that it is there; under its key when
   * that comes soon. */
  async #added(id: string): Promise<void> {
    await Promise.race([this.#keys.add(id), new Promise((late) => setTimeout(late, keyPatience))]);
    const key = this.#keys.of(id)?.key;
    this.#voice.tell(key === undefined ? this.#say("insertedNew") : this.#say("inserted", { key }));
  }

  #unmount(): void {
    this.#editor?.view.destroy();
    this.#editor = undefined;
    for (const end of this.#end.splice(0)) end();
  }

  /** Measures what the bars above the text cover of it: what one goes to comes below them. */
  #measure(): void {
    const bars = [this.#root.querySelector<HTMLElement>(".sw-bar"), part(this.#root, "toolbar")];
    const feet = bars.map((bar) => {
      if (!bar || bar.hidden) return 0;
      const { position, top } = getComputedStyle(bar);
      return position === "sticky" ? (parseFloat(top) || 0) + bar.offsetHeight : 0;
    });
    const covered = Math.max(...feet);
    if (covered === this.#covered) return;
    this.#covered = covered;
    document.documentElement.style.scrollPaddingTop = `${covered}px`;
    this.#anchor.again(); // the buttons come after the text, and lie over where one came
  }

  /** What stands open beside a wide text is open, also for who hears it. */
  #openMargin(): void {
    const margin = this.#root.querySelector<HTMLDetailsElement>(".sw-margin");
    if (!margin) return;
    const wide = matchMedia("(width >= 75em)");
    if (wide.matches) margin.open = true;
    wide.addEventListener("change", () => {
      margin.open = wide.matches;
    });
  }

  #bar(): void {
    const resized = new ResizeObserver(() => this.#measure());
    for (const bar of [this.#root.querySelector(".sw-bar"), part(this.#root, "toolbar")]) if (bar) resized.observe(bar);
    const list = part(this.#root, "presence");
    const avatars = part(this.#root, "avatars");
    let shown = "";
    const show = (): void => {
      const people = present(this.#provider.awareness);
      const now = JSON.stringify(people);
      if (now !== shown) showPresence(list, people, avatars); // a caret that moved is no other person
      shown = now;
    };
    this.#provider.awareness.on("change", show);
    for (const choice of part(this.#root, "mode").querySelectorAll<HTMLButtonElement>("button")) {
      choice.addEventListener("click", () => {
        this.#reading = choice.value === "read";
        this.#follow(this.#provider.status);
      });
    }
    part(this.#root, "skip").addEventListener("click", (event) => {
      if (!this.#editor?.view.editable) return; // a text to read is where the browser goes
      event.preventDefault();
      this.#editor.view.focus();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "F10" || !event.altKey || event.ctrlKey || event.metaKey || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      this.#toButtons();
    });
    for (const hidden of this.#root.querySelectorAll<HTMLElement>("[data-script]")) hidden.hidden = false;
  }

  /** From anywhere: to the buttons for the text, or when one only reads to those that change that. */
  #toButtons(): void {
    const bars = [part(this.#root, "toolbar"), part(this.#root, "mode")].filter((bar) => !bar.hidden);
    const buttons = bars.flatMap((bar) => [...bar.querySelectorAll<HTMLElement>('[tabindex="0"], button')]);
    buttons.sort((a, b) => b.tabIndex - a.tabIndex);
    const button = buttons.find((one) => one.checkVisibility());
    // What stays in sight while the text moves takes the text nowhere.
    button?.focus({ preventScroll: inSight(button) });
  }

  #showStatus(status: Status): void {
    const say = this.#say;
    const saved = part(this.#root, "saved");
    const visitor = status.mode === "read" && !this.#provider.dirty;
    hide(saved, visitor || !status.loaded);
    this.#showSaved(saved, status.saved);
    if (!saved.hidden) this.#savedVoice.hear(status.saved);

    const line = part(this.#root, "line");
    const trouble = lineWords(status, say);
    if (line.textContent !== trouble) line.textContent = trouble;
    hide(line, trouble === "");

    const mode = part(this.#root, "mode");
    hide(mode, !this.#mayWrite(status) || !status.loaded);
    for (const choice of mode.querySelectorAll<HTMLButtonElement>("button")) {
      const pressed = String((choice.value === "read") === this.#reading);
      if (choice.getAttribute("aria-pressed") !== pressed) choice.setAttribute("aria-pressed", pressed);
    }
  }

  /** Says what is saved. Between two keys it goes on saying "saving": two other words for each key are for
   * nobody, and drawing them costs more than the key. */
  #showSaved(place: HTMLElement, state: Status["saved"]): void {
    clearTimeout(this.#calm);
    const shown = place.dataset["state"];
    if (shown === state) return;
    if (shown === "saving" && state === "saved") {
      this.#calm = setTimeout(() => this.#writeSaved(place, state), calm);
    } else {
      this.#writeSaved(place, state);
    }
  }

  #writeSaved(place: HTMLElement, state: Status["saved"]): void {
    place.dataset["state"] = state;
    place.textContent = this.#say(`saved_${state}`);
  }

  /** Warns before leaving what is not saved, leaves politely, and comes back with the page. */
  #leaving(): void {
    window.addEventListener("beforeunload", (event) => {
      if (this.#provider.dirty) event.preventDefault();
    });
    window.addEventListener("pagehide", () => {
      this.#provider.leave();
      if (this.#editor) keepPlace(this.#editor.view.dom);
    });
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) this.#provider.retry();
    });
    window.addEventListener("online", () => this.#provider.retry());
    window.addEventListener("offline", () => this.#provider.lost());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState !== "visible") return;
      this.#provider.retry();
      void this.#keys.refresh(); // somebody may have classified a requirement meanwhile
    });
    document.addEventListener("submit", (event) => {
      const form = event.target;
      if (form instanceof HTMLFormElement && new URL(form.action).pathname === "/uitloggen") forgetCopies();
    });
  }

  /** The document was put back to an earlier state: what is here belongs to another text. */
  #otherEpoch(): void {
    if (this.#provider.dirty) {
      setAside(this.#config.person, this.#config.document);
    } else {
      forgetCopy(this.#config.person, this.#config.document);
    }
    location.reload();
  }

  /** Shows what was never merged, to copy from or to let go. */
  async #showAsides(): Promise<void> {
    if (!hasAsides(this.#config.person, this.#config.document)) return;
    const { showAsides } = await fetched(() => import("./offer.ts"));
    await showAsides(part(this.#root, "asides"), this.#config, this.#say, shelf);
  }
}

/** What a screen reader knows of a text that one writes in. */
const writingAttributes = (say: Say): Record<string, string> => ({
  role: "textbox",
  "aria-multiline": "true",
  "aria-label": say("textLabel"),
  "aria-describedby": "schrijfhulp",
  spellcheck: "true",
});

const after = (): Promise<typeof import("./after.ts")> => fetched(() => import("./after.ts"));

/** Fetches what comes after the text, again and again when the line is gone. */
async function fetched<Part>(load: () => Promise<Part>): Promise<Part> {
  for (;;) {
    try {
      return await load();
    } catch (mistake) {
      console.warn("a part of the editor has not come yet", mistake);
      await new Promise((again) => setTimeout(again, 5000));
    }
  }
}

/** Says what one could write while nothing stands in the text. */
function emptyHint(): Plugin {
  return new Plugin({
    props: { attributes: ({ doc }): Record<string, string> => (isEmpty(doc) ? { class: "sw-vacant" } : {}) },
  });
}

function socketAddress(path: string): string {
  const address = new URL(path, location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return address.href;
}

/** Whether all of it stands on the screen now. */
function inSight(element: Element): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  return top >= 0 && bottom <= innerHeight;
}

/** Hides or shows; a browser that is told what is so already looks at its styles again. */
function hide(element: HTMLElement, hidden: boolean): void {
  if (element.hidden !== hidden) element.hidden = hidden;
}

/** What is wrong with the line, if anything. */
function lineWords(status: Status, say: Say): string {
  if (status.outdated) return say("line_outdated");
  if (status.line === "stopped") return say(`line_${status.why ?? "gone"}`);
  if (status.progress !== undefined && !status.loaded) return say("line_loading", { percent: status.progress });
  if (status.line === "connecting" && !status.loaded) return say("line_connecting");
  if (status.line === "waiting") return say("line_waiting");
  return "";
}
