// The island of the document page: the text that the server wrote becomes one that people write
// together. What it needs from the page are its parts (data-part) and its sentences.
import { Editor, Extension } from "@tiptap/core";
import { Collaboration } from "@tiptap/extension-collaboration";
import { CollaborationCaret } from "@tiptap/extension-collaboration-caret";
import { Dropcursor } from "@tiptap/extensions/drop-cursor";
import { Gapcursor } from "@tiptap/extensions/gap-cursor";
import * as Y from "yjs";
import { Announcer } from "./announce.ts";
import { takeEarly } from "../early.ts";
import { asides, forgetCopies, forgetCopy, lastEpoch, openCopy, setAside } from "./copy.ts";
import { type Config, part, readConfig, type Say, sayer } from "./config.ts";
import { hints } from "./hint.ts";
import { Keys } from "./keys.ts";
import { keepOutline } from "./outline.ts";
import { caret, present, selection, showPresence } from "./presence.ts";
import { LiveProvider, type Status } from "./provider.ts";
import { replaceID, requirement } from "./requirement.ts";
import { blocks, fragment, schemaVersion } from "./schema.ts";
import { toolbar } from "./toolbar.ts";
import { plainWords, wordsNotice } from "./words.ts";

export { offer } from "./offer.ts";

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
  #editor: Editor | undefined;
  #writing = false; // the editor is bound to the shared text itself, not to a copy to look at
  #reading = false; // the reader chose only to read
  #line: Status["line"] = "connecting";
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
      early: takeEarly(name, schemaVersion),
      schema: schemaVersion,
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
        replaceID(this.#editor, id, instead);
        void this.#keys.add(instead);
      },
    });
    this.#bar();
    this.#leaving();
    new Announcer({
      text: this.#doc.getXmlFragment(fragment),
      awareness: this.#provider.awareness,
      keys: this.#keys,
      say: this.#say,
      region: part(root, "announcements"),
    });
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
    this.#editor?.setEditable(write && !this.#reading, false);
    part(this.#root, "toolbar").hidden = !write || this.#reading;
  }

  /** Puts an editor in place of what the page showed before. */
  #mount(write: boolean): void {
    this.#unmount();
    this.#writing = write;
    const say = this.#say;
    const text = part(this.#root, "text");
    text.replaceChildren();
    const doc = write ? this.#doc : mirror(this.#doc, this.#end);
    const editor = new Editor({
      element: text,
      injectCSS: false,
      editable: write && !this.#reading,
      editorProps: {
        attributes: {
          role: "textbox",
          "aria-multiline": "true",
          "aria-label": say("textLabel"),
          "aria-describedby": "schrijfhulp",
          spellcheck: "true",
        },
      },
      extensions: [
        ...blocks(say),
        ...requirement({ say, keys: this.#keys, form: this.#config.form }),
        Collaboration.configure({ document: doc, field: fragment }),
        CollaborationCaret.configure({ provider: this.#provider, user: {}, render: caret, selectionRender: selection }),
        Dropcursor.configure({ class: "sw-drop-cursor", color: false, width: 2 }),
        Gapcursor,
        hints(say),
        this.#wayOut(),
      ],
    });
    this.#editor = editor;
    // An empty text has no line to stand in until somebody goes there to write.
    editor.on("focus", () => {
      if (editor.isEditable && editor.state.doc.childCount === 0) editor.commands.insertContent({ type: "paragraph" });
    });
    this.#end.push(keepOutline(part(this.#root, "outline"), editor, this.#keys, say("pendingKey")));
    if (write) this.#end.push(toolbar(part(this.#root, "toolbar"), editor, say));
  }

  #unmount(): void {
    for (const end of this.#end.splice(0)) end();
    this.#editor?.destroy();
    this.#editor = undefined;
  }

  /** Escape leaves the text behind; Alt+F10 goes to the buttons above it. */
  #wayOut(): Extension {
    const root = this.#root;
    return Extension.create({
      name: "wayOut",
      addKeyboardShortcuts: () => ({
        Escape: () => {
          part(root, "after").focus();
          return true;
        },
        // A browser finds no place for the caret behind a card that ends the text, or before one.
        "Mod-End": ({ editor }) => editor.commands.focus("end"),
        "Mod-Home": ({ editor }) => editor.commands.focus("start"),
        "Alt-F10": () => {
          part(root, "toolbar").querySelector<HTMLElement>('button[tabindex="0"]')?.focus();
          return true;
        },
      }),
    });
  }

  #bar(): void {
    const list = part(this.#root, "presence");
    const avatars = part(this.#root, "avatars");
    const show = (): void => showPresence(list, present(this.#provider.awareness), avatars);
    this.#provider.awareness.on("change", show);
    for (const choice of part(this.#root, "mode").querySelectorAll<HTMLButtonElement>("button")) {
      choice.addEventListener("click", () => {
        this.#reading = choice.value === "read";
        this.#follow(this.#provider.status);
      });
    }
    const toggle = part(this.#root, "announce");
    if (toggle instanceof HTMLInputElement) {
      toggle.checked = Announcer.on;
      toggle.addEventListener("change", () => {
        Announcer.on = toggle.checked;
      });
    }
    for (const hidden of this.#root.querySelectorAll<HTMLElement>("[data-script]")) hidden.hidden = false;
  }

  #showStatus(status: Status): void {
    const say = this.#say;
    const saved = part(this.#root, "saved");
    const visitor = status.mode === "read" && !this.#provider.dirty;
    saved.hidden = visitor || !status.loaded;
    saved.dataset["state"] = status.saved;
    const words = say(`saved_${status.saved}`);
    if (saved.textContent !== words) saved.textContent = words;

    const line = part(this.#root, "line");
    const trouble = lineWords(status, say);
    if (line.textContent !== trouble) line.textContent = trouble;
    line.hidden = trouble === "";

    const mode = part(this.#root, "mode");
    mode.hidden = !this.#mayWrite(status) || !status.loaded;
    for (const choice of mode.querySelectorAll<HTMLButtonElement>("button")) {
      choice.setAttribute("aria-pressed", String((choice.value === "read") === this.#reading));
    }
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

/** A copy that follows doc and never leads: whatever an editor does to it stays here. */
function mirror(doc: Y.Doc, end: (() => void)[]): Y.Doc {
  const copy = new Y.Doc();
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
  const follow = (update: Uint8Array): void => Y.applyUpdate(copy, update);
  doc.on("update", follow);
  end.push(() => {
    doc.off("update", follow);
    copy.destroy();
  });
  return copy;
}

function socketAddress(path: string): string {
  const address = new URL(path, location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return address.href;
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
