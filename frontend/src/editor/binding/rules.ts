// What keeps words whole, as switches: the word test turns each off in turn and must then fail. A
// program leaves them alone.

export interface Rules {
  /** A change of the editor is taken from the ranges of its steps, not by comparing texts. */
  stepRanges: boolean;
  /** Text goes directly behind the letter it continues, not behind deleted text that follows it. */
  behindOwnLetter: boolean;
  /** Text is inserted with all its attributes named, in an object of its own. */
  explicitAttributes: boolean;
  /** What others do changes what it is about, not the whole text. */
  hunks: boolean;
  /** Carets are places in flows; what the editor maps by itself is not believed. */
  caretPlaces: boolean;
  /** Deleting and pasting stop at the borders of cards and cells; ids stay unique. */
  guard: boolean;
  /** Undo takes nobody else's words along. */
  undoSpares: boolean;
  /** While somebody composes, what others do waits. */
  waitForComposition: boolean;
  /** Formats that change nothing any more stay: somebody's next change may count on them. */
  formatsStay: boolean;
  /** Words that somebody else took away are offered back. */
  offerWords: boolean;
  /** Removing and moving a card say until when, so that undoing an older move brings nothing back. */
  places: boolean;
}

export const rules: Rules = {
  stepRanges: true,
  behindOwnLetter: true,
  explicitAttributes: true,
  hunks: true,
  caretPlaces: true,
  guard: true,
  undoSpares: true,
  waitForComposition: true,
  formatsStay: true,
  offerWords: true,
  places: true,
};
