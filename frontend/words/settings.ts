// What the word test is told from outside.

/** A whole number from the environment. */
export function number(name: string, otherwise: number): number {
  const said = process.env[name];
  if (said === undefined || said === "") return otherwise;
  const value = Number(said);
  if (!Number.isInteger(value)) throw new Error(`${name} is no whole number: ${said}`);
  return value;
}

export const anySeed = (): number => Math.floor(Math.random() * 2 ** 31);
