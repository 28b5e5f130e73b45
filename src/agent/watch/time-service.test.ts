import { expect, test } from 'bun:test'
import { howToSet, readTimeFacts, type TimeFacts } from './time-service.ts'

const bare: TimeFacts = {
  ...{ container: false, systemd: true, installer: 'apt-get' },
  ...{ installed: [], running: [], units: [] },
}
const command = (facts: Partial<TimeFacts>, seconds = 5) => howToSet({ ...bare, ...facts }, seconds).command

test('a time service that runs sets the clock at once, however far it is off', () => {
  const running = (...names: TimeFacts['running']) => ({ running: names, installed: names })
  expect(command(running('chronyd'))).toBe('chronyc makestep')
  expect(command(running('systemd-timesyncd'))).toBe('systemctl restart systemd-timesyncd')
  expect(command({ ...running('ntpd'), units: ['ntp'] })).toBe('systemctl restart ntp')
  expect(command({ ...running('ntpd'), systemd: false, units: [] })).toBe('service ntpsec restart')
})

test('one that is there and does not run is started', () => {
  expect(command({ installed: ['systemd-timesyncd'] })).toBe('timedatectl set-ntp true')
  expect(command({ installed: ['chronyd', 'systemd-timesyncd'], units: ['chronyd'] })).toBe(
    'systemctl enable --now chronyd',
  )
  expect(command({ installed: ['ntpd'], units: ['ntpsec'] })).toBe('systemctl enable --now ntpsec')
})

test('where there is none one is installed, or the clock set by hand', () => {
  expect(command({})).toBe('apt-get install -y systemd-timesyncd')
  expect(command({ installed: ['systemd-timesyncd'], systemd: false })).toBe('apt-get install -y chrony')
  expect(command({ installer: 'dnf' })).toBe('dnf install -y chrony && systemctl enable --now chronyd')
  expect(command({ installer: undefined }, 5.5)).toBe('date -s @$(($(date +%s) - 6))')
  expect(command({ installer: undefined }, -5)).toBe('date -s @$(($(date +%s) + 5))')
})

test.each([600, -600])('the real date takes what sets the clock by hand, %d seconds off', (seconds) => {
  // Without the right to set the clock it tells what it would set it to.
  const denied =
    process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-sys_time', '--inh-caps=-sys_time'] : []
  const script = `LC_ALL=C TZ=UTC ${command({ installer: undefined }, seconds)}`
  const { stdout, stderr, exitCode } = Bun.spawnSync([...denied, 'sh', '-c', script])
  expect({ exitCode, stderr: stderr.toString() }).toEqual({
    exitCode: 1,
    stderr: 'date: cannot set date: Operation not permitted\n',
  })
  const off = Date.parse(stdout.toString()) - Date.now() + seconds * 1000
  expect(Math.abs(off)).toBeLessThan(30_000)
})

test('the clock of a container is set on its host', () => {
  expect(howToSet({ ...bare, container: true, running: ['chronyd'] }, 5)).toMatchObject({
    command: 'timedatectl set-ntp true',
    note: expect.stringContaining('host'),
  })
})

test('what is there is found', () => {
  const { installed, running } = readTimeFacts()
  expect(installed).toEqual(expect.arrayContaining(running))
})
