/** Which construct made which resource, from the metadata of a cloud assembly, for templates that do not say so themselves. */
import { isJsonObject, ownProperty } from './json';

/** Finds construct paths by template file and logical id. */
export class ConstructPaths {
  private known?: ReadonlyMap<string, string | undefined>;

  /** @param readMetadata - the metadata of a stack, construct path to entries; asked for only when a path is wanted */
  public constructor(private readonly readMetadata: () => readonly unknown[]) {}

  /** The path of the construct behind a logical id, such as `Prod/Hosts/Anchor`, or undefined when the metadata does not tell. */
  public of(templateFile: string, logicalId: string): string | undefined {
    this.known ??= index(this.readMetadata());
    const key = keyOf(templateFile, logicalId);
    return this.known.has(key) ? this.known.get(key) : this.known.get(keyOf('', logicalId));
  }
}

function index(metadata: readonly unknown[]): ReadonlyMap<string, string | undefined> {
  const entries = metadata.filter(isJsonObject).flatMap((object) => Object.entries(object));
  const templates = new Map(entries.flatMap(([path, items]) => dataOf(items, 'aws:cdk:templateFile').map((file) => [path, file] as const)));
  const known = new Map<string, string | undefined>();
  for (const [path, items] of entries) {
    for (const logicalId of dataOf(items, 'aws:cdk:logicalId')) {
      const key = keyOf(templateOf(path, templates), logicalId);
      // Found twice where the metadata does not tell nested stacks apart, and then it tells nothing.
      known.set(key, known.has(key) ? undefined : path.replace(/^\//, ''));
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

function dataOf(entries: unknown, type: string): string[] {
  return (Array.isArray(entries) ? entries : [])
    .filter((entry) => ownProperty(entry, 'type') === type)
    .map((entry) => ownProperty(entry, 'data'))
    .filter((data) => typeof data === 'string');
}

function keyOf(templateFile: string, logicalId: string): string {
  return `${templateFile}\n${logicalId}`;
}
