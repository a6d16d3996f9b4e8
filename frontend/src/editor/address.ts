// What a link may point to. Anything else could run as a program when somebody follows it.

const allowed = /^(https?:\/\/|mailto:|tel:|\/(?!\/))/i;

/** Returns an address that may be followed, or nothing. */
export function safeAddress(typed: string): string {
  const address = typed.trim();
  if (address === "" || /[\u0000-\u0020]/.test(address)) return "";
  if (allowed.test(address)) return address;
  if (/^[\w.+-]+@[\w-]+(\.[\w-]+)+$/.test(address)) return `mailto:${address}`;
  return /^[\w-]+(\.[\w-]+)+([/?#]|$)/.test(address) ? `https://${address}` : "";
}
