/** Copies text; a browser that does not let us has it selected, for its reader to copy. */
export async function toClipboard(text: string, select: () => void): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    select();
    return false;
  }
}
