import { Progress } from '../../../src/kit/binaries/progress';

beforeEach(() => {
  jest.useFakeTimers({ now: 0 });
});

afterEach(() => {
  jest.useRealTimers();
});

function recorder(isTTY: boolean, columns = 80) {
  const written: string[] = [];
  return { written, isTTY, columns, write: (text: string) => written.push(text) };
}

test('elsewhere than on a terminal it is lines, one for each beginning and each end', () => {
  const output = recorder(false);
  const progress = new Progress(2, output);
  progress.begin('linux-x64');
  progress.begin('darwin-arm64');
  jest.advanceTimersByTime(5000);
  progress.end('darwin-arm64', ['done', 'with details']);
  progress.end('linux-x64', ['linux-x64 failed']);
  expect(output.written.join('')).toBe('linux-x64 ...\ndarwin-arm64 ...\n[1/2] done\n      with details\n[2/2] linux-x64 failed\n');
});

test('on a terminal one line lives, with the time elapsed', () => {
  const output = recorder(true);
  const progress = new Progress(10, output);
  progress.begin('linux-x64');
  jest.advanceTimersByTime(1500);
  progress.begin('darwin-arm64');
  jest.advanceTimersByTime(500);
  expect(output.written.at(-1)).toBe('\r\u001b[2K0/10 done; linux-x64 2.0 s, darwin-arm64 0.5 s');
  progress.end('linux-x64', ['made', 'it']);
  expect(output.written.slice(-2)).toEqual(['\r\u001b[2K[ 1/10] made\n        it\n', '\r\u001b[2K1/10 done; darwin-arm64 0.5 s']);
});

test('the line never wraps, and it stops to live with the last one', () => {
  const output = recorder(true, 20);
  const progress = new Progress(1, output);
  progress.begin('a name that is longer than the terminal is wide');
  expect(output.written).toEqual(['\r\u001b[2K0/1 done; a name th']);
  progress.end('a name that is longer than the terminal is wide', ['done']);
  const length = output.written.length;
  jest.advanceTimersByTime(10_000);
  expect(output.written).toHaveLength(length);
  expect(jest.getTimerCount()).toBe(0);
});
