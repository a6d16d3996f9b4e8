// What went away and can come back: by the person who took it away, and by whoever was writing there.
//
// Whoever was writing there has no place in the text any more, and goes on typing all the same. What is
// typed until they choose a place goes to a box in the notice, never into what happens to stand where their
// caret was: nothing is written while `binding.lost` says so.
import { Plugin } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";
import { type Binding, bindingKey, type Gone, goesWith, type Lost, type Offer, type Place } from "./binding/index.ts";
import type { Say } from "./config.ts";
import type { Keys } from "./keys.ts";
import type { Notices } from "./notice.ts";
import type { Whereabouts } from "./whereabouts.ts";

export interface LossesOptions {
  binding: Binding;
  say: Say;
  /** Says it aloud, once. */
  tell: (words: string) => void;
  keys: Keys;
  notices: Notices;
  whereabouts: Whereabouts;
}

/** Somebody whose place went away, and the box that has their words. */
interface Caught extends Lost {
  box: HTMLTextAreaElement;
  name: string;
  /** Words of theirs that went: the line in the box. */
  offer?: Offer;
}

export class Losses {
  readonly #options: LossesOptions;
  readonly #shown = new Map<string, Gone>();
  /** What is offered, by the flow it stood in. */
  readonly #offered = new Map<string, Offer>();
  #view: EditorView | undefined;
  #caught: Caught | undefined;
  /** Somebody wrote here, or was about to; who only looks on has no place to lose. */
  #here = false;
  /** The pointer went down in the text, and is about to choose a place. */
  #pointing = false;

  constructor(options: LossesOptions) {
    this.#options = options;
  }

  /** Keeps what is typed out of the text as long as there is no place for it. */
  plugin(): Plugin {
    const { binding } = this.#options;
    const stop = (_: EditorView, event: Event): boolean => {
      if (!binding.lost) return false;
      event.preventDefault();
      this.#toBox();
      return true;
    };
    const points = (): boolean => {
      this.#pointing = true;
      return false;
    };
    return new Plugin({
      filterTransaction: (tr) => !tr.docChanged || !binding.lost || tr.getMeta(bindingKey) !== undefined,
      view: (view) => {
        this.#view = view;
        this.#watch();
        return {};
      },
      props: {
        handleDOMEvents: {
          mousedown: points,
          touchstart: points,
          focus: () => {
            this.#here = true;
            if (binding.lost && !this.#pointing) this.#toBox();
            return false;
          },
          click: () => {
            this.#pointing = false;
            binding.found(); // also when the caret already was where the pointer is
            return false;
          },
          beforeinput: stop,
          paste: stop,
          cut: stop,
          drop: stop,
        },
        handleKeyDown: (_, event) => {
          if (!binding.lost) return false;
          if (/^(Arrow|Home|End|Page)/.test(event.key)) return false; // one chooses
          if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) this.#toBox(); // and the letter goes there
          else if (/^(Enter|Backspace|Delete|Tab)$/.test(event.key) || event.key.length === 1) return true;
          return false;
        },
      },
    });
  }

  #watch(): void {
    const { binding } = this.#options;
    binding.on("change", ({ own, gone }) => {
      for (const one of own ? gone : []) this.#removed(one);
      for (const [name, one] of this.#shown) if (isThere(binding, one)) this.#returned(name);
    });
    binding.on("lost", (lost) => this.#lost(lost));
    binding.on("offer", (offer) => this.#offer(offer));
    binding.on("returned", (offer, at) => this.#stands(offer, at));
  }

  /** Offers to put back what was removed here. */
  #removed(gone: Gone): void {
    const { binding, say } = this.#options;
    if (gone.part && !hasWords(binding, gone)) return;
    const step = binding.undoing.manager.undoStack.at(-1);
    const what = say(removedSentences[gone.kind] ?? "removedRequirement", { key: this.#called(gone, true) });
    const back = (): void => {
      // Undone when it was the last thing that was done; else a card comes back where it stood.
      if (binding.undoing.manager.undoStack.at(-1) === step) binding.commands.undo();
      putBack(binding, gone);
      if (isThere(binding, gone)) this.#sayBack(gone);
    };
    // That a row goes is said of every row.
    this.#show(nameOf(gone), gone, { what, about: this.#called(gone), back, told: gone.part !== undefined });
  }

  #called(gone: Gone, begins = false): string {
    return calledIn(this.#options.say, this.#options.keys, gone, begins);
  }

  #sayBack(gone: Gone): void {
    const { tell, say } = this.#options;
    tell(say("isBack", { key: this.#called(gone, true) }));
  }

  #lost(lost: Lost): void {
    const { binding, say } = this.#options;
    const view = this.#view;
    if (!view?.editable || !this.#here) return binding.found();
    const { gone } = lost;
    const box = document.createElement("textarea");
    box.value = lost.line + lost.rest;
    box.setSelectionRange(lost.line.length, lost.line.length);
    box.rows = 2;
    box.spellcheck = true;
    box.addEventListener("keydown", (event) => this.#leaveByKey(event, box));
    const name = this.#who(lost.at?.flow, gone);
    const caught: Caught = { ...lost, box, name: gone ? nameOf(gone) : "place" };
    this.#caught = caught;
    this.#show(caught.name, gone, {
      what: `${say(lostSentences[gone?.kind ?? ""] ?? "lostPlace", { key: gone ? this.#called(gone, true) : "", name })} ${say("lostHint")}`,
      box,
      ...(gone ? { about: this.#called(gone) } : {}),
      leave: () => this.#leave(caught),
      back: () => this.#goBack(caught),
    });
    if (view.hasFocus()) this.#toBox();
  }

  /** Who took something away: who wrote that a card is removed; of a row, or of words, nobody writes that, but whoever
   * did it was there. */
  #who(flow: string | undefined, gone: Gone | undefined): string {
    const { binding, say, whereabouts } = this.#options;
    const item = gone && !gone.part ? binding.flows.removed._map.get(`${gone.kind}:${gone.id}`) : undefined;
    const around = gone?.part?.table ?? gone?.id;
    const near = (other: string): boolean => other === flow || (around !== undefined && other.split(":")[1] === around);
    return (item && whereabouts.nameOf(item.id.client)) || whereabouts.whoIn(near) || say("somebodyElse");
  }

  #show(name: string, gone: Gone | undefined, notice: Parameters<Notices["show"]>[0]): void {
    if (gone) this.#shown.set(name, gone);
    this.#options.notices.show(notice, name);
  }

  #toBox(): void {
    const { box } = this.#caught ?? {};
    if (!box?.isConnected) return this.#options.binding.found();
    box.focus();
    if (box.selectionEnd === box.value.length) box.scrollTop = box.scrollHeight;
  }

  /** Arrow keys that lead out of the box lead into the text, and so does Escape. */
  #leaveByKey(event: KeyboardEvent, box: HTMLTextAreaElement): void {
    const { key, shiftKey, isComposing } = event;
    if (isComposing || shiftKey) return;
    const { selectionStart, selectionEnd, value } = box;
    const first = /^Arrow(Up|Left)$/.test(key) && selectionEnd === 0;
    const last = /^Arrow(Down|Right)$/.test(key) && selectionStart === value.length;
    if (key !== "Escape" && !first && !last) return;
    event.preventDefault();
    event.stopPropagation();
    this.#options.binding.found();
    this.#view?.focus();
    const { state } = this.#view ?? {};
    if (state) this.#view?.dispatch(state.tr.setSelection(state.selection).scrollIntoView());
  }

  #leave(caught: Caught): void {
    if (this.#caught !== caught) return;
    this.#caught = undefined;
    this.#options.binding.found();
  }

  /** Puts back what went away, with the caret where it was, and the words that were typed meanwhile. */
  #goBack(caught: Caught): void {
    const { gone, at, offer, box } = caught;
    const { binding } = this.#options;
    const { commands, undoing } = binding;
    undoing.manager.stopCapturing();
    if (gone) {
      putBack(binding, gone);
      this.#sayBack(gone);
    }
    const [words, before, behind] = typedIn(caught);
    if (!at || !binding.goTo(at)) {
      const whole = before > 0 || !offer; // what is in the box is something else
      const last = offer?.pieces.at(-1) ?? { words: "", last: undefined, whole: true };
      const piece = { ...last, words: offer && whole ? box.value : last.words + words };
      const pieces = [...(whole ? [] : offer.pieces.slice(0, -1)), piece];
      if (piece.words !== "") commands.giveBack({ words: piece.words, pieces, gone: [], flow: offer?.flow ?? "body" });
      return;
    }
    const { $head, head } = binding.state.selection;
    const text = (from: number, to: number): string => $head.parent.textBetween(from, to, "", (leaf) => leaf.type.spec.leafText?.(leaf) ?? "\ufffc");
    const { tr } = binding.state;
    const { line, rest } = caught;
    const taken = text(0, $head.parentOffset).endsWith(line.slice(line.length - before)) ? before : 0;
    const after = text($head.parentOffset, $head.parent.content.size).startsWith(rest.slice(0, behind)) ? behind : 0;
    if (taken + after > 0) binding.dispatch(tr.delete(head - taken, head + after));
    words.split("\n").forEach((line, i) => {
      if (i > 0) commands.split();
      if (line !== "") binding.dispatch(binding.state.tr.insertText(line).scrollIntoView());
    });
    undoing.manager.stopCapturing();
  }

  /** What went away is there again. */
  #returned(name: string): void {
    const gone = this.#shown.get(name);
    this.#shown.delete(name);
    if (this.#caught?.name === name) this.#goOn(this.#caught);
    else if (this.#options.notices.clear(name) && gone) this.#sayBack(gone);
  }

  /** The words in a box stand in the text again. Who is still typing beside it goes on behind them; what was typed
   * since stays in the box until it is put there, or let go. */
  #goOn(caught: Caught): void {
    const { notices, binding, say, tell } = this.#options;
    const { box, gone, name } = caught;
    const typing = document.activeElement === box;
    const [words, before, behind] = typedIn(caught);
    const typed = words !== "" || before + behind > 0;
    if (typed && !typing) {
      if (before + behind === 0) {
        box.value = words;
        Object.assign(caught, { line: "", rest: "" } satisfies Partial<Caught>);
      }
      notices.say(name, say("backButYours"));
      return;
    }
    const lost = binding.lost;
    this.#leave(caught);
    notices.clear(name);
    if (!gone) tell(say("wordsBack"));
    if (!typing && !lost) return gone && this.#sayBack(gone);
    queueMicrotask(() => {
      if (typing) this.#view?.focus();
      this.#goBack(caught); // not within the change that is being told of
    });
  }

  /** The words in the middle of which somebody was are in their box, and come back with it where they stood. */
  #takeWith(caught: Caught, offer: Offer): void {
    const { box } = caught;
    box.value = offer.words;
    Object.assign(caught, { at: undefined, line: offer.words, rest: "", offer } satisfies Partial<Caught>);
    if (document.activeElement === box) this.#toBox();
  }

  /** Words that were offered stand in the text again. */
  #stands(offer: Offer, at: Place | undefined): void {
    const { notices, say, tell } = this.#options;
    if (this.#offered.get(offer.flow) === offer) {
      this.#offered.delete(offer.flow);
      if (notices.clear(`words ${offer.flow}`)) tell(say("wordsBack"));
    }
    const caught = this.#caught;
    if (caught?.offer !== offer) return;
    caught.at = at;
    this.#goOn(caught);
  }

  #offer(offer: Offer): void {
    const { binding, notices, say, tell, keys } = this.#options;
    // A notice that brings back what they stood in brings them back as well.
    const caught = this.#caught;
    if (caught?.at?.flow === offer.flow) {
      if (!caught.gone) this.#takeWith(caught, offer);
      return;
    }
    if (offer.gone.some((one) => caught?.name === nameOf(one))) return;
    const back = (): void => {
      if (binding.commands.giveBack(offer)) tell(say("wordsBack"));
    };
    this.#offered.set(offer.flow, offer);
    const name = this.#who(offer.flow, offer.gone.at(-1)); // a card after its rows
    const id = offer.flow.startsWith("cell:") ? "" : (offer.flow.split(":")[1] ?? "");
    const what = say(id === "" ? "offeredWords" : "offeredWordsOf", { name, where: keys.of(id)?.key ?? say("aRequirement") });
    notices.show({ what, words: offer.words.trim(), about: say("theseWords"), back }, `words ${offer.flow}`);
  }
}

/** What something is called: in a sentence, or where it begins one. */
export function calledIn(say: Say, keys: Keys, { kind, id }: Gone, begins = false): string {
  const key = kind === "requirement" ? keys.of(id)?.key : undefined;
  const names: Record<string, [string, string]> = { table: ["theTable", "aTable"], row: ["theRow", "aRow"], column: ["theColumn", "aColumn"] };
  return key ?? say((names[kind] ?? ["theRequirement", "thatRequirement"])[begins ? 1 : 0] ?? "");
}

const lostSentences: Record<string, string> = { requirement: "lostRequirement", table: "lostTable", row: "lostRow", column: "lostColumn" };
const removedSentences: Record<string, string> = { requirement: "removedRequirement", table: "removedTable", row: "removedRow", column: "removedColumn" };

const nameOf = ({ kind, id, part }: Gone): string => `${kind} ${part ? `${part.table}:` : ""}${id}`;

const isThere = ({ flows }: Binding, { kind, id, part }: Gone): boolean =>
  part ? flows.tables.has(`${part.table}:${kind}:${id}`) && flows.card("table", part.table) !== undefined : flows.card(kind, id) !== undefined;

function putBack({ commands }: Binding, gone: Gone): void {
  if (gone.part) commands.putBackPart(gone);
  else commands.putBack(gone.kind, gone.id);
}

/** Do words stand in a row or a column that is gone? */
function hasWords({ doc, flows }: Binding, gone: Gone): boolean {
  return [...doc.share.keys()].some((name) => goesWith(name, gone, flows.cards) && doc.getText(name).toString().trim() !== "");
}

/** What was typed in a box since the place went, and how much of the line was taken away before and behind it. */
function typedIn({ line, rest, box: { value } }: Caught): [words: string, before: number, behind: number] {
  let from = 0;
  while (from < line.length && line[from] === value[from]) from++;
  let to = 0;
  while (to < rest.length && to < value.length - from && rest.at(-1 - to) === value.at(-1 - to)) to++;
  return [value.slice(from, value.length - to), line.length - from, rest.length - to];
}
