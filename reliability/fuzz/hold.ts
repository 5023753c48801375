/** a violated contract */
class Broken extends Error {}

export const hold = (isKept: boolean, what: string): void => {
  if (!isKept) throw new Broken(what)
}
