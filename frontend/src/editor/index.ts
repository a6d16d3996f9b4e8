// The island of the document page: the text that the server wrote becomes one that people write
// together. What it needs from the page are its parts (data-part) and its sentences.
import { dropCursor } from "prosemirror-dropcursor";
import { gapCursor } from "prosemirror-gapcursor";
import { EditorState, Plugin } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import * as Y from "yjs";
import { Announcer } from "./announce.ts";
import { takeEarly } from "../early.ts";
import { carets } from "./binding/carets.ts";
import { Binding, mirror, type Offer, version } from "./binding/index.ts";
import { isEmpty, nodeViews } from "./card.ts";
import { caretLayer } from "./carets.ts";
import { asides, forgetCopies, forgetCopy, lastEpoch, openCopy, setAside } from "./copy.ts";
import { type Config, part, readConfig, type Say, sayer } from "./config.ts";
import { dragging } from "./dragging.ts";
import { flowSchema } from "./flow-schema.ts";
import { newID } from "./id.ts";
import { keys } from "./keymap.ts";
import { Keys } from "./keys.ts";
import { Notices } from "./notice.ts";
import { outline } from "./outline.ts";
import { pasting } from "./pasting.ts";
import { present, selectionClass, showPresence } from "./presence.ts";
import { LiveProvider, type Status } from "./provider.ts";
import { askLink, toolbar } from "./toolbar.ts";
import { plainWords, wordsNotice } from "./words.ts";

export { offer } from "./offer.ts";

/** The cards of a programme, and their parts. */
const cards = { requirement: ["statement", "rationale"] };

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
  readonly #announcer: Announcer;
  readonly #notices: Notices;
  #editor: { view: EditorView; binding: Binding } | undefined;
  #writing = false; // the editor is bound to the shared text itself, not to a copy to look at
  #reading = false; // the reader chose only to read
  #arrived = false;
  #renaming = false;
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
      schema: version,
      receive: (update, origin) => {
        if (this.#editor && this.#writing) this.#editor.binding.receive(update, origin);
        else Y.applyUpdate(this.#doc, update, origin);
      },
      mode: this.#config.mayWrite ? "write" : "read",
      ...(keep ? { openCopy: (doc, of) => openCopy(doc, person, name, of) } : {}),
      ...(epoch === undefined ? {} : { lastEpoch: epoch }),
    });
    this.#keys = new Keys({
      list: this.#config.keys,
      add: this.#config.add,
      csrf: this.#config.csrf,
      mayWrite: () => this.#mayWrite(this.#provider.status),
      taken: (id, instead) => {
        if (!this.#editor || !this.#writing) return;
        this.#renaming = true; // the card is not gone, it has another id
        const renamed = this.#editor.binding.commands.replaceID("requirement", id, instead);
        this.#renaming = false;
        if (renamed) void this.#keys.add(instead);
      },
    });
    this.#announcer = new Announcer({
      awareness: this.#provider.awareness,
      keys: this.#keys,
      say: this.#say,
      region: part(root, "announcements"),
    });
    this.#notices = new Notices(part(root, "back"), this.#say, () => this.#editor?.view.focus());
    this.#bar();
    this.#leaving();
    this.#provider.observe((status) => this.#follow(status));
    void this.#keys.refresh();
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
    if (!status.loaded) return;
    const write = this.#mayWrite(status);
    if (!this.#editor || (write && !this.#writing)) {
      this.#mount(write);
    } else if (!write && this.#writing && status.line !== "stopped") {
      this.#mount(false); // an older editor, or one without the right, must not even be able to write
    }
    const editable = write && !this.#reading;
    if (this.#editor?.view.editable !== editable) this.#turn(editable);
    hide(part(this.#root, "toolbar"), !editable);
  }

  /** Makes the text one to write in, or one to read. */
  #turn(editable: boolean): void {
    this.#editor?.view.setProps({ editable: () => editable });
    for (const link of part(this.#root, "text").querySelectorAll<HTMLElement>(".sw-requirement__line > a")) {
      link.tabIndex = editable ? -1 : 0;
    }
  }

  /** Puts an editor in place of what the page showed before. */
  #mount(write: boolean): void {
    this.#unmount();
    this.#writing = write;
    const say = this.#say;
    const text = part(this.#root, "text");
    const schema = flowSchema(say);
    const [doc, end] = write ? [this.#doc, () => undefined] : mirror(this.#doc);
    this.#end.push(end);
    const binding = new Binding({ doc, schema, cards, newID });
    const added = (id: string): void => void this.#keys.add(id);
    const moved = (card: { kind: string; id: string }): void => this.#sayMoved(card);
    const plugins = [
      binding.plugin(),
      keys({
        binding,
        added,
        moved,
        askLink: () => askLink(view),
        leave: () => part(this.#root, "after").focus({ preventScroll: true }), // it shows itself at the foot of the screen
      }),
      dragging(binding, moved),
      pasting(schema, () => this.#notices.show({ what: say("pasteCut") }, "paste")),
      carets(binding, { awareness: this.#provider.awareness, chosen: (user) => ({ class: selectionClass(user) }) }),
      caretLayer(binding, this.#provider.awareness),
      outline(part(this.#root, "outline"), this.#keys, say("pendingKey")),
      dropCursor({ class: "sw-drop-cursor", color: false, width: 2 }),
      gapCursor(),
      emptyHint(),
      ...(write ? [this.#toolbar(binding, added, moved)] : []),
    ];
    text.replaceChildren();
    const view = new EditorView(text, {
      state: EditorState.create({ doc: binding.start(), plugins }),
      editable: () => write && !this.#reading, // as it is now; it changes through #turn
      nodeViews: nodeViews({ say, keys: this.#keys, form: this.#config.form }),
      attributes: {
        role: "textbox",
        "aria-multiline": "true",
        "aria-label": say("textLabel"),
        "aria-describedby": "schrijfhulp",
        spellcheck: "true",
      },
      // The bars above cover what lies under them.
      scrollMargin: { top: 140, bottom: 80, left: 0, right: 0 },
      scrollThreshold: { top: 140, bottom: 80, left: 0, right: 0 },
    });
    view.dom.style.setProperty("--sw-hint", JSON.stringify(say("emptyHint")));
    this.#editor = { view, binding };
    Object.defineProperty(view.dom, "editor", { value: view }); // for whoever looks at the page from outside
    this.#announcer.follow(binding);
    this.#watchLosses(binding);
    this.#toAnchor();
  }

  #toolbar(binding: Binding, added: (id: string) => void, moved: (card: { kind: string; id: string }) => void): Plugin {
    const writing = (): boolean => this.#editor?.view.editable === true;
    return toolbar(part(this.#root, "toolbar"), { binding, say: this.#say, form: this.#config.form, added, moved, writing });
  }

  #unmount(): void {
    this.#editor?.view.destroy();
    this.#editor = undefined;
    for (const end of this.#end.splice(0)) end();
  }

  /** An address that names a requirement goes there, now that the text is another element. */
  #toAnchor(): void {
    const [arrival] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
    const id = decodeURIComponent(location.hash.slice(1));
    const go = (): void => document.getElementById(id)?.scrollIntoView();
    // Whoever loads the page anew stays where they were; that is the browser's.
    if (!this.#arrived && id.startsWith("eis-") && arrival?.type === "navigate") {
      go();
      requestAnimationFrame(() => requestAnimationFrame(go)); // what comes in sight gets its true height
    }
    this.#arrived = true;
  }

  /** What went away can come back: by the person who took it away, and by whoever was writing there. */
  #watchLosses(binding: Binding): void {
    const name = ({ kind, id }: { kind: string; id: string }): string => `${kind} ${id}`;
    const known = (id: string): string => this.#keys.of(id)?.key ?? this.#say("aRequirement");
    binding.on("change", ({ own, gone }) => {
      for (const card of own && !this.#renaming ? gone : []) {
        const what = card.kind === "table" ? this.#say("removedTable") : this.#say("removedRequirement", { key: known(card.id) });
        const step = binding.undoing.manager.undoStack.at(-1);
        this.#notices.show({ what, back: () => this.#putBack(binding, card, step) }, name(card));
      }
      for (const notice of part(this.#root, "back").querySelectorAll<HTMLElement>("[data-about]")) {
        const [kind = "", id = ""] = (notice.dataset["about"] ?? "").split(" ");
        if (id !== "" && binding.flows.card(kind, id)) this.#notices.clear(`${kind} ${id}`); // it is there again
      }
    });
    let lost = "";
    binding.on("lost", (card) => {
      lost = name(card);
      const what = this.#say(card.kind === "table" ? "lostTable" : "lostRequirement");
      this.#notices.show({ what, back: () => void binding.commands.putBack(card.kind, card.id) }, lost);
    });
    binding.on("offer", (offer) => this.#offer(binding, offer, lost));
  }

  /** Undoes the removal when it was the last thing that was done; else the card comes to the caret. */
  #putBack(binding: Binding, { kind, id }: { kind: string; id: string }, step: unknown): void {
    if (binding.undoing.manager.undoStack.at(-1) === step) binding.commands.undo();
    if (!binding.flows.card(kind, id)) binding.commands.putBack(kind, id);
  }

  #offer(binding: Binding, offer: Offer, lost: string): void {
    if (offer.card && `${offer.card.kind} ${offer.card.id}` === lost) return; // that notice brings them back as well
    const back = (): void => void binding.commands.giveBack(offer);
    this.#notices.show({ what: this.#say("offeredWords"), words: offer.words, back }, `words ${offer.flow}`);
  }

  #sayMoved(card: { kind: string; id: string }): void {
    const { state } = this.#editor?.view ?? {};
    let before = "";
    let found = "";
    state?.doc.forEach((node) => {
      if (node.type.name === card.kind && node.attrs["id"] === card.id) found = before === "" ? "top" : before;
      const text = node.textContent.slice(0, 60);
      before = text === "" ? before : text;
    });
    const key = card.kind === "table" ? this.#say("aTable") : (this.#keys.of(card.id)?.key ?? this.#say("aRequirement"));
    if (found === "top") this.#announcer.tell(this.#say("movedTop", { key }));
    else this.#announcer.tell(this.#say("movedAfter", { key, where: found }));
  }

  #bar(): void {
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
      if (!this.#editor) return;
      event.preventDefault();
      const { view } = this.#editor;
      view.focus();
      if (!view.editable) view.dom.scrollIntoView({ block: "start" });
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "F10" || !event.altKey || event.ctrlKey || event.metaKey || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      this.#toButtons();
    });
    const toggle = part(this.#root, "announce");
    if (toggle instanceof HTMLInputElement) {
      toggle.checked = Announcer.on;
      toggle.addEventListener("change", () => {
        Announcer.on = toggle.checked;
      });
    }
    for (const hidden of this.#root.querySelectorAll<HTMLElement>("[data-script]")) hidden.hidden = false;
  }

  /** From anywhere: to the buttons for the text, or when one only reads to those that change that. */
  #toButtons(): void {
    const bars = [part(this.#root, "toolbar"), part(this.#root, "mode")].filter((bar) => !bar.hidden);
    const buttons = bars.flatMap((bar) => [...bar.querySelectorAll<HTMLElement>('[tabindex="0"], button')]);
    buttons.sort((a, b) => b.tabIndex - a.tabIndex);
    buttons.find((button) => button.checkVisibility())?.focus();
  }

  #showStatus(status: Status): void {
    const say = this.#say;
    const saved = part(this.#root, "saved");
    const visitor = status.mode === "read" && !this.#provider.dirty;
    hide(saved, visitor || !status.loaded);
    this.#showSaved(saved, status.saved);

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
    window.addEventListener("pagehide", () => this.#provider.leave());
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
    const place = part(this.#root, "asides");
    for (const { text, why, forget } of await asides(this.#config.person, this.#config.document, plainWords)) {
      const says = {
        title: this.#say("asideTitle"),
        why: this.#say(why === "content" ? "asideContent" : "asideWhy"),
        copy: this.#say("asideCopy"),
        copied: this.#say("asideCopied"),
        forget: this.#say("asideForget"),
      };
      place.append(wordsNotice(text, says, forget));
    }
  }
}

/** Says what one could write while nothing stands in the text. */
function emptyHint(): Plugin {
  return new Plugin({
    props: { attributes: ({ doc }): Record<string, string> => (isEmpty(doc) ? { class: "sw-empty" } : {}) },
  });
}

function socketAddress(path: string): string {
  const address = new URL(path, location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return address.href;
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
