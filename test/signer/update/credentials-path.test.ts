import { homedir } from 'os';
import { join } from 'path';
import { credentialsPath } from '../../../signer/update/credentials-path';

test.each<[Record<string, string>, string, string]>([
  [{ HOME: '/home/app' }, 'linux', join('/home/app', '.aws', 'credentials')],
  [{ HOME: '/home/app', USERPROFILE: '/users/app' }, 'win32', join('/users/app', '.aws', 'credentials')],
  [{ HOME: '/home/app', AWS_SHARED_CREDENTIALS_FILE: '/etc/aws' }, 'linux', '/etc/aws'],
  [{ HOME: '/home/app', AWS_SHARED_CREDENTIALS_FILE: '~/$&/aws' }, 'linux', '/home/app/$&/aws'],
  [{ HOME: '/home/$&', AWS_SHARED_CREDENTIALS_FILE: '~/aws' }, 'linux', '/home/$&/aws'],
  [{ HOME: '/home/app', AWS_SHARED_CREDENTIALS_FILE: '~other/aws' }, 'linux', '~other/aws'],
  [{ HOME: '/home/app', AWS_SHARED_CREDENTIALS_FILE: '' }, 'darwin', join('/home/app', '.aws', 'credentials')],
  [{}, 'linux', join(homedir(), '.aws', 'credentials')],
])('with %j on %s it is %s', (env, system, path) => {
  expect(credentialsPath(env, system)).toBe(path);
});
