/** What a cloud assembly says of the constructs of a stack: which one made which resource, and what is noted at it. */
import { isJsonObject, JsonObject, ownProperty } from './json';

/** The metadata of a stack, of the stacks nested in it too. */
export class StackMetadata {
  private known?: ReadonlyMap<string, string | undefined>;
  private entries?: ReadonlyMap<string, readonly unknown[]>;

  /** @param read - the metadata, construct path to entries; asked for only when something is wanted */
  public constructor(private readonly read: () => readonly unknown[]) {}

  /** The path of the construct behind a logical id, such as `Prod/Hosts/Anchor`, or undefined when the metadata does not tell. */
  public constructPathOf(templateFile: string, logicalId: string): string | undefined {
    this.known ??= index(this.all());
    const key = keyOf(templateFile, logicalId);
    return this.known.has(key) ? this.known.get(key) : this.known.get(keyOf('', logicalId));
  }

  /** The data of all entries of a type at a construct. */
  public dataOf(constructPath: string, type: string): unknown[] {
    return dataOf(this.all().get(constructPath) ?? [], type);
  }

  private all(): ReadonlyMap<string, readonly unknown[]> {
    this.entries ??= byPath(this.read().filter(isJsonObject));
    return this.entries;
  }
}

/** A path may be in the manifest and in the file beside it. */
function byPath(metadata: readonly JsonObject[]): ReadonlyMap<string, readonly unknown[]> {
  const entries = new Map<string, unknown[]>();
  for (const [path, items] of metadata.flatMap((object) => Object.entries(object))) {
    const key = path.replace(/^\//, '');
    entries.set(key, [...entries.get(key) ?? [], ...Array.isArray(items) ? items : []]);
  }
  return entries;
}

function index(entries: ReadonlyMap<string, readonly unknown[]>): ReadonlyMap<string, string | undefined> {
  const templates = new Map([...entries].flatMap(([path, items]) => textsOf(items, 'aws:cdk:templateFile').map((file) => [path, file] as const)));
  const known = new Map<string, string | undefined>();
  for (const [path, items] of entries) {
    for (const logicalId of textsOf(items, 'aws:cdk:logicalId')) {
      const key = keyOf(templateOf(path, templates), logicalId);
      // Found twice where the metadata does not tell nested stacks apart, and then it tells nothing.
      known.set(key, known.has(key) ? undefined : path);
    }
  }
  return known;
}

/** Nested stacks share the metadata of the stack around them: the innermost stack on the way up is the one. */
function templateOf(path: string, templates: ReadonlyMap<string, string>): string {
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
    const file = templates.get(path.slice(0, end));
    if (file !== undefined) {
      return file;
    }
  }
  return '';
}

function dataOf(entries: readonly unknown[], type: string): unknown[] {
  return entries.filter((entry) => ownProperty(entry, 'type') === type).map((entry) => ownProperty(entry, 'data'));
}

function textsOf(entries: readonly unknown[], type: string): string[] {
  return dataOf(entries, type).filter((data) => typeof data === 'string');
}

function keyOf(templateFile: string, logicalId: string): string {
  return `${templateFile}\n${logicalId}`;
}
