import { anchor, found, soundPki } from './check';

const setting = (more: object) => ({ Event: 'CA_CERTIFICATE_EXPIRY', ...more });

test('finds an enabled notification without threshold', async () => {
  const { root } = await soundPki();
  const settings = [setting({ Enabled: true, Threshold: 30 }), setting({ Enabled: true }), setting({ Enabled: 'true', Event: 'END_ENTITY_CERTIFICATE_EXPIRY' })];
  expect(found('RA211', { Anchor: anchor(root.pem, { NotificationSettings: settings }) })).toMatchObject([
    { severity: 'error', on: 'Anchor', at: 'Properties.NotificationSettings[1]' }, { at: 'Properties.NotificationSettings[2]' },
  ]);
});

test('is content with a threshold, and with a notification that is switched off', async () => {
  const { root } = await soundPki();
  const settings = [setting({ Enabled: true, Threshold: { Ref: 'Days' } }), setting({ Enabled: false })];
  expect(found('RA211', { Anchor: anchor(root.pem, { NotificationSettings: settings }) })).toEqual([]);
});
