// What this device keeps of documents, so that work without a connection survives a closed browser.
// A copy belongs to one person, one document and one epoch; it goes when the person signs out, or
// when somebody else uses the browser.
import { IndexeddbPersistence, PREFERRED_TRIM_SIZE, storeState } from "y-indexeddb";
import * as Y from "yjs";
import { copies as list } from "../early.ts";
import type { LocalCopy } from "./provider.ts";

const gathering = 300; // milliseconds of changes that are written at once

/** Begins the name of what says in localStorage that a tab has something which the server lacks: who signs out in
 * another tab is asked first (islands.ts). */
const unsaved = "samenwijk:unsaved:";

export interface Kept {
  name: string;
  person: string;
  document: string;
  epoch: number;
  /** It was never merged: the document went on in another epoch (true), or the server keeps nothing of
   * what was changed in it. */
  aside?: true | "content";
}

function read(): Kept[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(list) ?? "[]");
    return Array.isArray(kept) ? (kept as Kept[]) : [];
  } catch {
    return [];
  }
}

function write(kept: Kept[]): void {
  tellServer(kept);
  if (kept.length === 0) return localStorage.removeItem(list); // not even that nothing is kept
  localStorage.setItem(list, JSON.stringify(kept));
}

const year = 31_536_000; // seconds
const most = 20; // documents that the server is told of

/** A page whose text is kept here comes without it: server/programmes/given.go reads this. It goes with the
 * copies, and when one signs out. */
function tellServer(kept: Kept[]): void {
  const documents = kept.flatMap((k) => (k.aside ? [] : [k.document.slice(-12)])).slice(-most);
  const [prefix, secure] = location.protocol === "https:" ? ["__Host-", "; secure"] : ["", ""];
  document.cookie = `${prefix}kopie=${documents.join(".")}; path=/; max-age=${documents.length > 0 ? year : 0}; samesite=lax${secure}`;
}

/** The epoch of the copy that can be shown before the server answers. */
export function lastEpoch(person: string, document: string): number | undefined {
  return read().find((k) => k.person === person && k.document === document && !k.aside)?.epoch;
}

/** Opens the copy of a document, or makes an empty one. */
export function openCopy(doc: Y.Doc, person: string, document: string, epoch: number): LocalCopy {
  const kept = read();
  let name = kept.find((k) => k.person === person && k.document === document && k.epoch === epoch && !k.aside)?.name;
  if (name === undefined) {
    name = `samenwijk:${person}:${document}:${epoch}`;
    for (let n = 2; kept.some((k) => k.name === name); n++) name = `samenwijk:${person}:${document}:${epoch}:${n}`; // beside what was set aside
    write([...kept, { name, person, document, epoch }]);
  }
  return new Copy(name, doc, epoch);
}

class Copy extends IndexeddbPersistence implements LocalCopy {
  readonly epoch: number;
  readonly loaded: Promise<boolean>;
  readonly #mine: string;
  /** How many letters of this tab the server has. */
  #had = 0;
  #earlier: string[] = [];
  /** Changes that are not written here yet: each key by itself would cost more than the key. */
  #gathered: Uint8Array[] = [];
  #soon: ReturnType<typeof setTimeout> | undefined;

  constructor(name: string, doc: Y.Doc, epoch: number) {
    super(name, doc);
    this.epoch = epoch;
    doc.off("update", this._storeUpdate);
    this._storeUpdate = (update: Uint8Array, origin: unknown): void => {
      if (origin === this) return;
      this.#gathered.push(update);
      this.#soon ??= setTimeout(() => void this.#gather().catch(() => undefined), gathering); // what failed is tried again with the next
    };
    doc.on("update", this._storeUpdate);
    this.#mine = `dirty:${doc.clientID}`;
    // A browser that refuses storage fails here; one that is busy with it does not keep us waiting.
    const late = new Promise<never>((_, fail) => setTimeout(() => fail(new Error("this device answers too late")), 3000));
    this.loaded = Promise.race([Promise.all([this._db, this.whenSynced]).then(([db]) => this.#wasDirty(db)), late]);
  }

  /** Tabs say for themselves whether they have something the server lacks. */
  async #wasDirty(db: IDBDatabase): Promise<boolean> {
    const keys = await answer(db.transaction("custom", "readonly").objectStore("custom").getAllKeys());
    this.#earlier = keys.map(String).filter((key) => key.startsWith("dirty:"));
    return this.#earlier.length > 0;
  }

  /** Writes down what changed, and whether some of it may not be on the server, in one transaction. */
  async keep(dirty: boolean): Promise<void> {
    if (!dirty) this.#had = Y.getState(this.doc.store, this.doc.clientID);
    noteUnsaved(this.name, dirty ? [] : [this.#mine, ...this.#earlier], dirty ? this.#mine : "");
    await this.#gather((custom) => {
      if (dirty) {
        custom.put(this.#had, this.#mine);
      } else {
        // The server has everything that was loaded here, so that is no longer news either.
        for (const key of [this.#mine, ...this.#earlier.splice(0)]) custom.delete(key);
      }
    });
  }

  /** Resolves when everything that was gathered is written. */
  async #gather(also: (custom: IDBObjectStore) => void = () => undefined): Promise<void> {
    const db = await this._db;
    clearTimeout(this.#soon);
    this.#soon = undefined;
    const updates = this.#gathered.splice(0);
    try {
      const both = db.transaction(["updates", "custom"], "readwrite");
      for (const update of updates) both.objectStore("updates").add(update);
      also(both.objectStore("custom"));
      both.commit(); // a page that goes away ends what is not
      await new Promise<void>((done, fail) => {
        both.oncomplete = () => done();
        both.onabort = () => fail(both.error ?? new Error("this device did not keep the change"));
      });
    } catch (mistake) {
      this.#gathered.unshift(...updates);
      throw mistake;
    }
    this._dbsize += updates.length;
    if (this._dbsize < PREFERRED_TRIM_SIZE) return;
    this._storeTimeoutId ??= setTimeout(() => {
      this._storeTimeoutId = null;
      void storeState(this, false); // many small pieces become one
    }, this._storeTimeout);
  }

  /** From which letter on the server may not have what the tabs wrote. */
  async unsaved(): Promise<Map<number, number>> {
    const custom = (await this._db).transaction("custom", "readonly").objectStore("custom");
    const [keys, had] = await Promise.all([answer(custom.getAllKeys()), answer(custom.getAll())]);
    const dirty = /^dirty:(\d+)$/;
    return new Map(keys.flatMap((key, i) => (dirty.test(String(key)) ? [[Number(String(key).slice(6)), Number(had[i])]] : [])));
  }

  async close(): Promise<void> {
    clearTimeout(this.#soon);
    if (this.#gathered.length > 0) await this.#gather().catch(() => undefined); // closing does not wait for a device that is full
    await this.destroy();
  }
}

/** Notes what a tab has that the server lacks, and what is no longer so. */
function noteUnsaved(name: string, gone: readonly string[], now = ""): void {
  try {
    for (const mark of gone) localStorage.removeItem(`${unsaved}${name}:${mark}`);
    if (now !== "") localStorage.setItem(`${unsaved}${name}:${now}`, "");
  } catch {
    // a browser that keeps nothing has nothing to lose
  }
}

/** Is this what a transaction has for an origin that brings in a copy? */
export const isCopy = (origin: unknown): boolean => origin instanceof Copy;

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error ?? new Error("this device does not answer"));
  });
}

/** Keeps a copy apart that must not be merged any more, for its writer to look at. */
export function setAside(person: string, document: string, why: true | "content" = true): void {
  write(read().map((k) => (k.person === person && k.document === document && !k.aside ? { ...k, aside: why } : k)));
}

/** Was something of a document set aside? */
export function hasAsides(person: string, document: string): boolean {
  return read().some((kept) => kept.aside !== undefined && kept.person === person && kept.document === document);
}

/** What is kept here, for who shows words that were never merged. */
export const shelf = {
  read,
  remove,
  open: ({ name, epoch }: Kept): { doc: Y.Doc; loaded: Promise<boolean>; unsaved(): Promise<Map<number, number>>; close(): Promise<void> } =>
    new Copy(name, new Y.Doc(), epoch),
};

/** Removes what is kept for anybody but this person; for everybody without one. */
export function forgetCopies(except = ""): void {
  remove(read().filter((k) => k.person !== except || except === ""));
}

/** Removes what is kept of one document. */
export function forgetCopy(person: string, document: string): void {
  remove(read().filter((k) => k.person === person && k.document === document && !k.aside));
}

function remove(copies: Kept[]): void {
  for (const { name } of copies) {
    indexedDB.deleteDatabase(name);
    const marks = Object.keys(localStorage).filter((key) => key.startsWith(`${unsaved}${name}:`));
    noteUnsaved(name, marks.map((key) => key.slice(`${unsaved}${name}:`.length)));
  }
  const names = new Set(copies.map((k) => k.name));
  write(read().filter((k) => !names.has(k.name)));
}
