/** The signer as a server of one user of macOS. */
import type { KitOptions } from '../kit-options';
import { xmlText } from '../quoting';

/** Name of the agent. */
export const LAUNCHD_LABEL = 'roles-anywhere-signer';

/** launchd looks for programs in the folders of the system only, and Node.js is in none of those. */
const NODE_PATH = `\
  <key>EnvironmentVariables</key>
  <dict>
    <key>PATH</key>
    <string>/usr/local/bin:/opt/homebrew/bin:/usr/bin:/bin</string>
  </dict>
`;

/** An agent of launchd: it runs as the user who has the key, and not as root. */
export function launchdAgent({ paths, target }: KitOptions): string {
  const words = [paths.signer, 'serve', '--config', paths.configuration];
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${LAUNCHD_LABEL}</string>
  <key>ProgramArguments</key>
  <array>
${words.map((word) => `    <string>${xmlText(word)}</string>`).join('\n')}
  </array>
${target.bunTarget === undefined ? NODE_PATH : ''}  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>10</integer>
  <key>HardResourceLimits</key>
  <dict>
    <key>Core</key>
    <integer>0</integer>
  </dict>
  <key>ProcessType</key>
  <string>Background</string>
</dict>
</plist>
`;
}
