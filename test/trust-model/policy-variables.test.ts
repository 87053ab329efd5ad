// Tests how policy variables in condition values are picked out and filled in.
import { RequestContext } from '../../src/trust-model/policy-context';
import { displayText, hasVariables, parseTemplate, resolvedText, resolveTemplate, type Template } from '../../src/trust-model/policy-variables';

const context = new RequestContext({ 'aws:PrincipalTag/x509Subject/CN': 'host-1', 'aws:TagKeys': ['a', 'b'], 'aws:SourceAccount': '' });

function template(source: string): Template {
  const parsed = parseTemplate(source, true);
  if (typeof parsed === 'string') {
    throw new Error(parsed);
  }
  return parsed;
}

function fill(source: string): string {
  const resolution = resolveTemplate(template(source), context);
  return resolution.kind === 'resolved' ? resolvedText(resolution.parts) : resolution.kind;
}

describe('a policy variable', () => {
  test.each([
    ['${aws:PrincipalTag/x509Subject/CN}', 'host-1'],
    ['role-${AWS:principaltag/X509SUBJECT/cn}-x', 'role-host-1-x'],
    ["${aws:PrincipalTag/x509Subject/OU, 'none'}", 'none'],
    ["${aws:PrincipalTag/x509Subject/OU, ''}", ''],
    ["${aws:PrincipalTag/x509Subject/CN, 'none'}", 'host-1'],
    ["${aws:SourceAccount, 'none'}", ''],
    ['${aws:PrincipalTag/x509Subject/CN}/${aws:PrincipalTag/x509Subject/CN}', 'host-1/host-1'],
    ['a ${*} b ${?} c ${$} d', 'a * b ? c $ d'],
    ['$', '$'],
    ['$5 and } and {', '$5 and } and {'],
    ['$(aws:PrincipalTag/x509Subject/CN}', '$(aws:PrincipalTag/x509Subject/CN}'],
    ['', ''],
  ])('%p becomes %p', (source, expected) => {
    expect(fill(source)).toBe(expected);
  });

  test('has no value when its key is missing and there is no default', () => {
    expect(resolveTemplate(template('${AWS:principaltag/x509subject/OU}'), context))
      .toEqual({ kind: 'missing', key: 'aws:PrincipalTag/x509Subject/OU' });
  });

  test('cannot be a key with several values', () => {
    expect(resolveTemplate(template('${aws:TagKeys}'), context)).toMatchObject({ kind: 'undecidable', reason: expect.stringContaining('several values') });
  });

  test.each([
    '${aws:username', '${}', '${ aws:username}', '${aws:username }', '${aws: username}', '${username}', '${aws:username,default}',
    "${aws:username,'default'}", "${aws:username, 'default}", "${aws:username, default'}", '${aws:username, "default"}', '${**}', '${aws:*}',
    '${${aws:username}}', '${aws:}', '${:aws}',
  ])('%p is refused by name', (source) => {
    expect(parseTemplate(source, true)).toEqual(expect.stringContaining('policy variable'));
  });

  test('is plain text before Version 2012-10-17', () => {
    const parsed = parseTemplate('${aws:username} ${*} ${', false) as Template;
    expect(hasVariables(parsed)).toBe(false);
    expect(parsed.parts).toEqual([{ kind: 'written', text: '${aws:username} ${*} ${' }]);
  });

  test('shows an escaped wildcard apart from a real one', () => {
    const resolution = resolveTemplate(template('${*}*${aws:PrincipalTag/x509Subject/CN}'), context);
    expect(resolution.kind === 'resolved' && displayText(resolution.parts)).toBe('${*}*host-1');
  });
});
