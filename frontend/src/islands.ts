// An island improves one element of a page that already works. Its folder here has the name that the
// page asks for: data-island="editor" starts editor/index.ts with that element.

export interface Island {
  /** Improves root. It is called once for each element, and takes care of its own end. */
  start(root: HTMLElement): void | Promise<void>;
}

type Islands = Record<string, () => Promise<Island>>;

const started = new WeakSet<HTMLElement>();

/** Starts the islands in part of a page; those that run already are left alone. */
export async function startIslands(within: ParentNode, islands: Islands): Promise<void> {
  const elements = [...within.querySelectorAll<HTMLElement>("[data-island]")].filter((e) => !started.has(e));
  await Promise.all(
    elements.map(async (element) => {
      started.add(element);
      const name = element.dataset["island"] ?? "";
      const load = islands[`./${name}/index.ts`];
      if (load === undefined) {
        console.error(`there is no island "${name}"`);
        return;
      }
      try {
        await (await load()).start(element);
      } catch (mistake) {
        // The page works without the island: it says so to us and goes on.
        console.error(`the island "${name}" did not start`, mistake);
      }
    }),
  );
}

// Signing out takes from this device what is kept on it. Who has something there that is not saved is asked first.
// A browser that keeps nothing fails here, and signs out.
document.addEventListener(
  "submit",
  (event) => {
    const question = (event.target as HTMLElement).dataset["unsaved"];
    if (!question || !Object.keys(localStorage).some((key) => key.startsWith("samenwijk:unsaved:")) || confirm(question)) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // nobody tidies up
  },
  true,
);

void startIslands(document, import.meta.glob<Island>("./*/index.ts"));
