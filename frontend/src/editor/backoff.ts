// When to try again after a connection ended. Everybody who was on a server comes back at once when
// it restarts, so each delay is drawn from the whole range ("full jitter").

const base = 500;
const longest = 30_000;

/** Why a connection cannot come back by itself. */
export type Stop =
  | "signed-out" // nobody is signed in any more
  | "forbidden" // the right to read it was taken away
  | "gone" // the document is not there any more
  | "elsewhere" // the page was opened at another address than the server has
  | "epoch" // the document was put back: what we hold is another one
  | "too-large" // what we sent is larger than the server takes
  | "content" // what we sent is nothing that everybody could show
  | "outdated"; // the document is of a newer model than we speak

export type Next = { wait: number } | { stop: Stop };

/** What to do after a socket closed with this code, for the attempt-th time in a row. */
export function afterClose(code: number, attempt: number, random: () => number): Next {
  switch (code) {
    case 1012: // the server restarts: come back soon, yet not all in the same second
      return { wait: random() * Math.max(5_000, ceiling(attempt)) };
    case 1013:
      return { wait: 5_000 + random() * ceiling(attempt) };
    case 4401:
      return { wait: random() * ceiling(attempt) };
    case 4400:
    case 4429:
      return { wait: 10_000 + random() * ceiling(attempt) };
    case 4403:
      return { stop: "forbidden" };
    case 4404:
      return { stop: "gone" };
    case 4409:
      return { stop: "epoch" };
    case 4413:
      return { stop: "too-large" };
    case 4422:
      return { stop: "content" };
    case 4426:
      return { stop: "outdated" };
    default:
      return { wait: random() * ceiling(attempt) };
  }
}

/** What to do when no ticket was given. */
export function afterRefusal(status: number, attempt: number, random: () => number): Next {
  switch (status) {
    case 401:
      return { stop: "signed-out" };
    case 403:
      return { stop: "forbidden" };
    case 404:
    case 410:
      return { stop: "gone" };
    case 421:
      return { stop: "elsewhere" };
    case 429:
      return { wait: 10_000 + random() * ceiling(attempt) };
    default:
      return { wait: random() * ceiling(attempt) };
  }
}

function ceiling(attempt: number): number {
  return Math.min(longest, base * 2 ** Math.min(attempt, 16));
}
