import { expect, test } from 'bun:test'
import { howToSet, readTimeFacts, type TimeFacts } from './time-service.ts'

const bare: TimeFacts = {
  ...{ container: false, systemd: true, apt: true },
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
  expect(command({ apt: false }, 5.5)).toBe("date -s '6 seconds ago'")
  expect(command({ apt: false }, -5)).toBe("date -s '5 seconds'")
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
