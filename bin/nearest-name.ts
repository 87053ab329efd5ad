/** Finds the name that somebody may have meant who wrote another one. */

/** Fewer letters begin too many names. */
const SHORTEST_BEGINNING = 3;

/** The only name that begins so, or else the nearest one, where it is near enough: one slip for every three letters. */
export function nearestName(text: string, names: readonly string[]): string | undefined {
  const longer = text.length < SHORTEST_BEGINNING ? [] : names.filter((name) => name.startsWith(text));
  if (longer.length === 1) {
    return longer[0];
  }
  const slips = Math.max(1, Math.floor(text.length / 3));
  const [nearest] = names.map((name) => ({ name, distance: editDistance(text, name) }))
    .filter(({ distance }) => distance <= slips)
    .sort((a, b) => a.distance - b.distance);
  return nearest?.name;
}

/** Letters to add, to drop, to replace, or to swap with their neighbour. */
function editDistance(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= from.length; row++) {
    rows.push([row]);
    for (let column = 1; column <= to.length; column++) {
      const replaced = rows[row - 1][column - 1] + (from[row - 1] === to[column - 1] ? 0 : 1);
      const isSwap = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      const swapped = isSwap ? rows[row - 2][column - 2] + 1 : replaced;
      rows[row][column] = Math.min(rows[row - 1][column] + 1, rows[row][column - 1] + 1, replaced, swapped);
    }
  }
  return rows[from.length][to.length];
}
